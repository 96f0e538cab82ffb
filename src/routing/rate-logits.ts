import { surestClass, softmax, topClass } from './confidence.js';
import { noveltyOf, type Novelty } from './novelty.js';

/** What a student's confidence is made of. */
export const scoreNames = ['top-probability', 'margin', 'entropy', 'energy'] as const;
export type ScoreName = (typeof scoreNames)[number];

/** How a student's scores become a label and a confidence. */
export interface Calibration {
  /** T > 0: logits are divided by it. */
  readonly temperature: number;
  readonly score: ScoreName;
  /** Features of novelty stand behind the logits; null or absent: there are none. */
  readonly novelty?: Novelty | null | undefined;
}

/** What a student thinks of one row. */
export interface Rating {
  readonly label: number;
  /** In [0, 1]. */
  readonly confidence: number;
  /** The input is unlike anything that the student was trained on; its confidence is then 0. */
  readonly isOutOfScope: boolean;
}

/**
 * Reads a label and a confidence off one row of scores. Everything that routes, certifies or judges
 * a student reads its confidence by this one function.
 *
 *     p = softmax(z / T), p1 >= p2 >= ... sorted
 *     top-probability   p1
 *     margin            p1 - p2                           1 with a single class
 *     entropy           1 - H(p) / log C                  H in nats; 1 with a single class
 *     energy            1/2 + x / (2 (1 + |x|)),          x = log sum_k exp(z[k] / T)
 *
 * Each grows with how sure the student is, and lies in [0, 1]. Only the first, calibrated, is a
 * probability. The energy has no bounds of its own: x / (1 + |x|) brings it there without changing
 * the order, and keeps values apart where a logistic function would round them to 1. It needs
 * logits as trained: of log-probabilities the energy is 0 whatever they say, which ties all rows.
 *
 * The label is always the surest class, the lowest index of equal ones. A row whose novelty is
 * above its greatest has confidence 0: what looks at confidences, to route, to certify or to judge,
 * then leaves it to the teacher without knowing of novelty.
 *
 * @param scores  [classes + features] float32: logits, then what `noveltyOf` reads. Not modified.
 * @throws        as `softmax` does.
 * @see Hendrycks & Gimpel 2017, arXiv:1610.02136 (top probability); Liu et al. 2020,
 *      "Energy-based Out-of-distribution Detection", arXiv:2010.03759
 */
export function rateLogits(scores: Float32Array, calibration: Calibration): Rating {
  const { novelty } = calibration;
  const rating = rateClasses(logitsOf(scores, calibration), calibration);
  if (novelty === undefined || novelty === null || novelty.max === null)
    return { ...rating, isOutOfScope: false };
  const isOutOfScope = !(noveltyOf(scores, novelty) <= novelty.max); // NaN is like nothing either.
  return { ...rating, confidence: isOutOfScope ? 0 : rating.confidence, isOutOfScope };
}

/** [classes] the logits among the scores of a row: a view. */
export function logitsOf(scores: Float32Array, { novelty }: Pick<Calibration, 'novelty'>) {
  const features = novelty?.means.length ?? 0;
  return features === 0 ? scores : scores.subarray(0, scores.length - features);
}

function rateClasses(
  logits: Float32Array,
  { temperature, score }: Calibration,
): Omit<Rating, 'isOutOfScope'> {
  switch (score) {
    case 'top-probability':
      return surestClass(logits, temperature);
    case 'margin':
      return rated(logits, temperature, marginOf);
    case 'entropy':
      return rated(logits, temperature, certaintyOf);
    case 'energy': {
      const { label, confidence } = surestClass(logits, temperature);
      // p1 = exp(z1 / T) / sum exp(z / T), hence log sum = z1 / T - log p1.
      const x = logits[label]! / temperature - Math.log(confidence);
      return { label, confidence: 0.5 + x / (2 * (1 + Math.abs(x))) };
    }
  }
}

function rated(
  logits: Float32Array,
  temperature: number,
  scoreOf: (probabilities: Float64Array) => number,
): Omit<Rating, 'isOutOfScope'> {
  const probabilities = softmax(logits, temperature);
  // Rounding may go a last bit beyond.
  const confidence = Math.min(1, Math.max(0, scoreOf(probabilities)));
  return { label: topClass(probabilities).label, confidence };
}

function marginOf(probabilities: Float64Array): number {
  let [first, second] = [0, 0];
  for (const probability of probabilities)
    if (probability > first) [first, second] = [probability, first];
    else if (probability > second) second = probability;
  return first - second;
}

function certaintyOf(probabilities: Float64Array): number {
  if (probabilities.length === 1) return 1;
  let entropy = 0;
  for (const probability of probabilities)
    if (probability > 0) entropy -= probability * Math.log(probability);
  return 1 - entropy / Math.log(probabilities.length);
}
