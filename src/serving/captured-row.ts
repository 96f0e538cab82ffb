import type { CapturedRow } from '../capture/capture.js';
import { topClass } from '../routing/confidence.js';
import type { TeacherAnswer, TeacherIdentity } from '../teacher/teacher.js';
import type { DegradedReason } from './answer-row.js';
import type { Draft } from './draft.js';
import { canBeHoldout } from './draw-row.js';

/** A row that has no teacher's label yet. */
export type PendingRow = Omit<
  CapturedRow,
  | 'teacherName'
  | 'teacherVersion'
  | 'teacherLabel'
  | 'teacherProbabilities'
  | 'teacherLatencyMs'
  | 'costUsd'
>;

/** @param degraded  why the student answered although the teacher was asked, or null. */
export function pendingRowOf(
  draft: Draft,
  task: string,
  degraded: DegradedReason | null = null,
): PendingRow {
  const { route, holdoutRate, opinion } = draft;
  return {
    id: draft.id,
    task,
    source: 'traffic',
    createdMs: draft.createdMs,
    input: draft.input,
    inputKept: 'full',
    inputHash: draft.draw.inputHash,
    route: degraded === null ? route.kind : 'degraded',
    reason: degraded ?? route.reason,
    isHoldout: draft.isHoldout,
    isTrainable: draft.isTrainable,
    propensity: propensityOf(draft, degraded !== null),
    holdoutRate,
    studentVersion: draft.studentVersion,
    studentLogits: opinion?.scores ?? null,
    studentLabel: opinion?.label ?? null,
    studentLatencyMs: opinion === null ? null : draft.studentMs,
    confidence: opinion?.confidence ?? null,
    threshold: draft.threshold,
    client: draft.client,
    subject: draft.subject,
  };
}

/**
 * Escalated rows are labelled for sure, sure ones when drawn for holdout, or else for exploring if
 * they may be trained on.
 */
function propensityOf(draft: Draft, isDegraded: boolean): number {
  const { draw, route, holdoutRate, keptOutShare, policy } = draft;
  if (route.kind === 'teacher' && !isDegraded) return 1;
  // An input of the seed file is never held out, and may always be learnt from.
  const mayBeHeld = canBeHoldout(draw);
  const heldShare = mayBeHeld ? holdoutRate : 0;
  if (isDegraded || policy.mode !== 'risk') return heldShare; // Not explored, see `labelLater`.
  const trainableShare = mayBeHeld ? 1 - keptOutShare : 1;
  return heldShare + trainableShare * policy.exploreRate;
}

/**
 * Completes a row with an answer and the time that took, ms. What another teacher than the one
 * that was asked has answered is its own, and no holdout row: its labels may mean something else.
 *
 * @param teacher  who was asked: the one that students are held against.
 */
export function capturedRowOf(
  row: PendingRow,
  teacher: TeacherIdentity,
  { answer, latencyMs }: { readonly answer: TeacherAnswer; readonly latencyMs: number },
): CapturedRow {
  const by = answer.by ?? teacher;
  return {
    ...row,
    isHoldout: row.isHoldout && by.version === teacher.version,
    teacherName: by.name,
    teacherVersion: by.version,
    teacherLabel: answer.label,
    teacherProbabilities: answer.probabilities,
    teacherLatencyMs: latencyMs,
    costUsd: answer.costUsd,
  };
}

/** Labelled off the caller's path: the student had answered. */
export const isLabelledLater = ({ route }: CapturedRow): boolean => route !== 'teacher';

/**
 * A holdout row whose answer was the student's by the policy, or would have been: in mode `shadow`
 * the teacher answers what the student would have.
 */
export const isServedHoldout = (row: CapturedRow): boolean =>
  row.isHoldout && (isStudentsByPolicy(row) || isShadowedSure(row));

/** Of mode `teacher`, in which the student is not asked: it can be held against the row later. */
export const isUnasked = ({ route, reason }: CapturedRow): boolean =>
  route === 'teacher' && reason === 'policy';

const isStudentsByPolicy = ({ route, reason }: CapturedRow): boolean =>
  route === 'student' && reason !== 'requested';

/** The student would have answered it in mode `risk`. */
export const isShadowedSure = ({ reason, confidence, threshold }: CapturedRow): boolean =>
  reason === 'shadow' && confidence !== null && threshold !== null && confidence >= threshold;

/** The student's label of a stored row, from its scores, logits first. */
export const labelOf = (scores: Float32Array, classCount: number): number =>
  topClass(Float64Array.from(scores.subarray(0, classCount))).label;
