import { clopperPearsonLower } from './clopper-pearson.js';

/** One input that the teacher was asked about twice. */
export interface AskedTwice {
  /** The student's at the time; null when there was none. */
  readonly confidence: number | null;
  /** The two answers are not the same. */
  readonly isDifferent: boolean;
}

/**
 * Bounds the risk that any student has, however good: a teacher that contradicts itself can not be
 * agreed with.
 *
 *     q         the teacher's distribution over labels on one input
 *     1 - max q risk of the best answer there
 *     1 - q.q   chance d that two answers of the teacher differ;  d <= 2 (1 - max q)
 *     floor   = L(d) / 2,   L the exact lower bound at level delta
 *
 * Taken over the surest half of the inputs: where the teacher wavers a student should not be sure,
 * and a threshold keeps it from answering there. A threshold that lets it answer less than half is
 * not spoken of. (That d itself were the floor is often said; the student that gives the likelier
 * label differs half as often as two answers do.)
 *
 * @param delta  chance that the floor is above the truth, in (0, 1).
 * @returns      in [0, 0.5]; 0 while nothing shows a floor.
 */
export function riskFloor(inputs: readonly AskedTwice[], delta: number): number {
  const half = Math.ceil(inputs.length / 2);
  const scored = inputs.filter(({ confidence }) => confidence !== null);
  if (half === 0 || scored.length < half) return 0;
  const surest = scored.sort((a, b) => b.confidence! - a.confidence!).slice(0, half);
  const successes = surest.filter(({ isDifferent }) => isDifferent).length;
  return clopperPearsonLower({ successes, trials: half }, delta) / 2;
}
