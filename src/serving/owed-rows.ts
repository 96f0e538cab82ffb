import type { TaskSpec } from '../task/task.js';
import { degradedReason, type DegradedReason } from './answer-row.js';
import { pendingRowOf } from './captured-row.js';
import type { Draft } from './draft.js';
import type { HoldoutLabeller } from './holdout-labeller.js';

interface Parts {
  readonly spec: TaskSpec;
  readonly labeller: Pick<HoldoutLabeller, 'add'>;
}

/**
 * Rows that the student answered are labelled off the caller's path: all that were drawn for
 * holdout, and some of the sure ones that may be learnt from. Not where the operator has limited
 * what the teacher costs, or said that only the student answers: those are not explored.
 */
export function labelLater(parts: Parts, draft: Draft, degraded: DegradedReason | null): void {
  if (isOwedLabel(draft)) parts.labeller.add(pendingRowOf(draft, parts.spec.name, degraded));
}

/** The log gets a row of it once the teacher has labelled it, though the student answers it. */
export function isOwedLabel(draft: Draft): boolean {
  const { draw, policy, isTrainable, isStored, route } = draft;
  const mayExplore = isStored && policy.mode === 'risk' && isTrainable && route.kind === 'student';
  return draft.isHoldout || (mayExplore && draw.explore < policy.exploreRate);
}

/**
 * The caller gets an error, and the sample its rows: were those lost that the student is unsure of,
 * what is left would speak too well of it.
 */
export function failOwing(parts: Parts, drafts: readonly Draft[], error: unknown): never {
  const reason = degradedReason(error) ?? 'teacher-failed';
  for (const draft of drafts)
    if (draft.isHoldout) parts.labeller.add(pendingRowOf(draft, parts.spec.name, reason));
  throw error;
}
