import { CancelledError, TeacherTimeoutError } from '../errors.js';
import { degradedReason } from './answer-row.js';
import type { EscalationContext, TeacherPart } from './ask-teacher.js';
import type { Draft } from './draft.js';
import type { Patience } from './patience.js';
import type { PromiseView } from './promise-view.js';
import type { TaskBus } from './task-bus.js';

export interface StandInParts {
  readonly promise: Pick<PromiseView, 'policy'>;
  readonly bus: TaskBus;
}

/** An escalation that has failed. */
export interface FailedEscalation extends EscalationContext {
  readonly drafts: readonly Draft[];
  readonly startedMs: number;
}

/**
 * Has the student's answers, marked `degraded`, stand in for a teacher that can not be used, in
 * time or at all, or whose answers can not be kept: where the policy says so, the caller has not
 * asked for the teacher, and the student has an opinion on every row.
 *
 * @throws the error, where they do not.
 */
export function standIn(
  { promise, bus }: StandInParts,
  error: unknown,
  { drafts, route, patience, startedMs }: FailedEscalation,
): TeacherPart {
  const degraded = degradedReason(outOfTime(error, patience));
  const canDegrade =
    promise.policy.onTeacherFailure === 'degraded' &&
    route !== 'teacher' &&
    drafts.every(({ opinion }) => opinion !== null);
  if (degraded === null || !canDegrade) throw error;
  bus.emit('teacherUnusable', degraded, error);
  const overBudget = new Set<string>(); // Degraded like the others.
  return {
    answers: new Map(),
    degraded,
    overBudget,
    timings: { teacherMs: performance.now() - startedMs },
  };
}

/** A caller who is still there, but out of time, is better served by the student than by nobody. */
const outOfTime = (error: unknown, { caller }: Patience): unknown =>
  error instanceof CancelledError && !caller.aborted
    ? new TeacherTimeoutError(error.message)
    : error;
