import type { RouteReason } from '../http/api-types.js';

type Because<Reason extends RouteReason> = Reason;

/** Who answers a row, and why. */
export type Route =
  | {
      readonly kind: 'student';
      readonly reason: Because<'confident' | 'requested' | 'policy' | 'over-budget'>;
    }
  | {
      readonly kind: 'teacher';
      readonly reason: Because<
        | 'unsure'
        | 'out-of-scope'
        | 'not-certified'
        | 'no-student'
        | 'student-failed'
        | 'requested'
        | 'policy'
        | 'shadow'
      >;
    };

export interface RouteQuestion {
  /** How the policy decides. */
  readonly mode: 'risk' | 'budget' | 'student' | 'teacher' | 'shadow';
  /** Who the caller asked for. */
  readonly requested: 'auto' | 'student' | 'teacher';
  /** The student's calibrated confidence, in [0, 1]; null when it has none to give. */
  readonly confidence: number | null;
  /** The input is unlike anything that the student was trained on. */
  readonly isOutOfScope?: boolean;
  /** There is a student, which could not answer. */
  readonly hasFailed?: boolean;
  /**
   * Confidence from which the student answers; null: none is certified, and in mode `budget` that
   * the teacher can be paid for every row.
   */
  readonly threshold: number | null;
}

/**
 * Decides who answers: the caller where he says so, else the policy's mode.
 *
 *     risk      the student from the certified threshold on
 *     budget    the student from the threshold on that the budget can pay for
 *     student   the student, whatever its confidence
 *     teacher   the teacher; the student need not be asked
 *     shadow    the teacher, though the student was asked
 *
 * Where the threshold decides, what is out of scope goes to the teacher, however sure the student
 * is. A confidence exactly at the threshold belongs to the student, as it did when the threshold
 * was fitted. Holdout plays no part: being measured never changes an answer.
 *
 * @see Hendrycks & Gimpel 2017, arXiv:1610.02136 (maximum softmax probability as the score)
 */
export function decideRoute(question: RouteQuestion): Route {
  const { mode, requested, confidence, hasFailed = false } = question;
  if (requested === 'teacher') return { kind: 'teacher', reason: 'requested' };
  if (mode === 'teacher' && requested === 'auto') return { kind: 'teacher', reason: 'policy' };
  if (confidence === null)
    return { kind: 'teacher', reason: hasFailed ? 'student-failed' : 'no-student' };
  if (requested === 'student') return { kind: 'student', reason: 'requested' };
  if (mode === 'student') return { kind: 'student', reason: 'policy' };
  if (mode === 'shadow') return { kind: 'teacher', reason: 'shadow' };
  return byThreshold(question, confidence);
}

function byThreshold(question: RouteQuestion, confidence: number): Route {
  const { mode, threshold, isOutOfScope = false } = question;
  if (threshold === null)
    return { kind: 'teacher', reason: mode === 'budget' ? 'unsure' : 'not-certified' };
  if (isOutOfScope && mode === 'risk') return { kind: 'teacher', reason: 'out-of-scope' };
  if (confidence >= threshold) return { kind: 'student', reason: 'confident' };
  return { kind: 'teacher', reason: 'unsure' };
}
