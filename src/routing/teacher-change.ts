import {
  createEDetector,
  isDetectorAlarmed,
  updateEDetector,
  type EDetector,
} from './e-detector.js';

/** Three answers to one input: an old one, and two new ones. Indices of labels. */
export type ThreeAnswers = readonly [old: number, second: number, third: number];

/** Which one differs, where the other two are equal; null where all are equal, or none are. */
export function oddOneOut([old, second, third]: ThreeAnswers): 'old' | 'new' | null {
  if (second === third) return old === second ? null : 'old';
  return old === second || old === third ? 'new' : null;
}

/**
 * Starts a detector of a teacher that no longer answers as it did, from old answers and pairs of
 * new ones to the same inputs.
 *
 *     H0: the three are exchangeable;  so P(the odd one is the old one | one is odd) = 1 / 3
 *
 * That holds for each input by itself, however often the teacher disagrees with itself on it: no
 * level has to be known before, nor need the inputs be alike. More odd old ones than that is the
 * teacher's change. Each input may be used once: its old answer is one draw.
 *
 * @param alpha  in (0, 1]: without a change the mean number of inputs with an odd one until a false
 *               alarm is at least 1 / alpha.
 * @see Shin, Ramdas & Rinaldo 2023, "E-detectors", arXiv:2203.03532
 */
export const createChangeDetector = (alpha: number): EDetector =>
  createEDetector({ riskMax: 1 / 3, alpha });

/** Takes the answers to one input. The given state is not modified. */
export function updateChangeDetector(state: EDetector, answers: ThreeAnswers): EDetector {
  const odd = oddOneOut(answers);
  return odd === null ? state : updateEDetector(state, odd === 'old');
}

export const hasTeacherChanged = (state: EDetector): boolean => isDetectorAlarmed(state);
