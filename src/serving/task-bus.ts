import { EventEmitter } from 'node:events';
import type { CapturedRow, TeacherCheck } from '../capture/capture.js';
import type { AnswerJson, PolicyPatchJson, RunJson } from '../http/api-types.js';
import type { DegradedReason } from './answer-row.js';
import type { GuaranteeEvent } from './guarantee-parts.js';
import type { TrafficTally } from './traffic-tally.js';

interface TaskEvents {
  /** Rows of one request, just before their caller gets them. */
  answered: [answers: readonly AnswerJson[]];
  /** Rows that the student could not answer; the teacher was asked instead. */
  studentFailed: [rows: number, error: unknown];
  /** Rows refused at once because the student has enough. */
  refused: [rows: number];
  /** Requests that were answered, here or in another process, counted together. */
  tallied: [tally: TrafficTally];
  /** Rows that are on disk now, each once. */
  captured: [rows: readonly CapturedRow[]];
  /** No answer of the teacher could be given; the student's answers were given instead. */
  teacherUnusable: [reason: DegradedReason, error: unknown];
  /** Rows whose answers the teacher has given, for its price, and the log has not taken. */
  answersUnkept: [rows: number, error: unknown];
  /** A call was billed, or may have been, so many US dollars more than what came of it. */
  paidInVain: [usd: number];
  /** Rows owed to the holdout sample, or to exploring, that no label is in the log of. */
  labellingLost: [rows: number, error: unknown];
  /** Holdout rows that get no label: the hour's budget of the teacher is spent. */
  labelsOverBudget: [rows: number];
  /** Requests come from now on; what answers them. */
  gatewayStarted: [served: { readonly student: string | null; readonly threshold: number | null }];
  /** The teacher was asked about a row again; that is on disk. */
  teacherChecked: [check: TeacherCheck];
  /** A check that came to nothing, and what its answers have cost, US dollars. */
  teacherCheckLost: [error: unknown, costUsd: number];
  /** The teacher was asked about golden rows, for so many US dollars; or could not be. */
  teacherGraded: [costUsd: number];
  teacherUngraded: [error: unknown];
  /** Checks show that the teacher answers otherwise than before, under the same version. */
  teacherChanged: [];
  guarantee: [event: GuaranteeEvent];
  runStarted: [run: RunJson];
  runEnded: [run: RunJson];
  /** why: what has happened, where nobody has asked for it. */
  studentChanged: [version: string, how: 'promoted' | 'rolled-back' | 'added', why?: string];
  policyChanged: [patch: PolicyPatchJson];
}

/**
 * What happens in one task. Those that do things announce them here; traffic, metrics, log,
 * triggers and the guarantee listen, and know nothing of each other.
 */
export type TaskBus = EventEmitter<TaskEvents>;

export const createTaskBus = (): TaskBus => new EventEmitter<TaskEvents>();
