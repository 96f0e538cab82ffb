import type { RouteReason } from '../http/api-types.js';

type Because<Reason extends RouteReason> = Reason;

/** Who answers a row, and why. */
export type Route =
  | { readonly kind: 'student'; readonly reason: Because<'confident' | 'requested'> }
  | {
      readonly kind: 'teacher';
      readonly reason: Because<
        'unsure' | 'not-certified' | 'no-student' | 'student-failed' | 'requested'
      >;
    };

export interface RouteQuestion {
  /** Who the caller asked for. */
  readonly requested: 'auto' | 'student' | 'teacher';
  /** The student's calibrated confidence, in [0, 1]; null when it has none to give. */
  readonly confidence: number | null;
  /** There is a student, which could not answer. */
  readonly hasFailed?: boolean;
  /** Certified threshold; null while nothing is certified. */
  readonly threshold: number | null;
}

/**
 * Decides who answers. A confidence exactly at the threshold belongs to the student, as it did when
 * the threshold was fitted. Holdout plays no part: being measured never changes an answer.
 *
 * @see Hendrycks & Gimpel 2017, arXiv:1610.02136 (maximum softmax probability as the score)
 */
export function decideRoute({
  requested,
  confidence,
  threshold,
  hasFailed = false,
}: RouteQuestion): Route {
  if (requested === 'teacher') return { kind: 'teacher', reason: 'requested' };
  if (confidence === null)
    return { kind: 'teacher', reason: hasFailed ? 'student-failed' : 'no-student' };
  if (requested === 'student') return { kind: 'student', reason: 'requested' };
  if (threshold === null) return { kind: 'teacher', reason: 'not-certified' };
  if (confidence >= threshold) return { kind: 'student', reason: 'confident' };
  return { kind: 'teacher', reason: 'unsure' };
}
