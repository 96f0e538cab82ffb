import { InvalidModelOutputError } from '../errors.js';

/**
 * Turns one row of logits into class probabilities.
 *
 *     p[k] = exp((z[k] - max z) / T) / sum_j exp((z[j] - max z) / T)
 *
 * Subtracting the maximum keeps every exponent at or below 0, so nothing overflows; the shift
 * cancels in the ratio.
 *
 * @param logits       [classes] float32, log-odds up to a constant. Not modified.
 * @param temperature  T > 0, no unit. 1 = as trained; above 1 flattens. Fit it on held-out rows.
 * @returns            [classes] float64, each in [0, 1], summing to 1 within 1e-12.
 * @throws {RangeError} if `temperature` is not a finite number above 0.
 * @throws {InvalidModelOutputError} if `logits` is empty or holds NaN or an infinity.
 * @see Guo et al. 2017, "On Calibration of Modern Neural Networks", §4.2, arXiv:1706.04599
 */
export function softmax(logits: Float32Array, temperature: number): Float64Array {
  if (!(Number.isFinite(temperature) && temperature > 0))
    throw new RangeError(`temperature must be a finite number above 0, got ${temperature}`);
  const logitMax = finiteMax(logits);

  // Plain loops: `Float64Array.from(logits, fn)` takes several times as long, in every request.
  const probabilities = new Float64Array(logits.length);
  let total = 0;
  for (let k = 0; k < logits.length; k++) {
    const weight = Math.exp((logits[k]! - logitMax) / temperature);
    probabilities[k] = weight;
    total += weight;
  }
  for (let k = 0; k < probabilities.length; k++) probabilities[k]! /= total;
  return probabilities;
}

/**
 * Finds the surest class and its probability: `topClass(softmax(logits, temperature))`, without the
 * other probabilities, which most answers do not need.
 *
 *     p[top] = exp(0) / sum_j exp((z[j] - max z) / T)
 *
 * @param logits       [classes] float32. Not modified.
 * @param temperature  T > 0, no unit.
 * @throws             as `softmax` does.
 */
export function surestClass(
  logits: Float32Array,
  temperature: number,
): { label: number; confidence: number } {
  if (!(Number.isFinite(temperature) && temperature > 0))
    throw new RangeError(`temperature must be a finite number above 0, got ${temperature}`);
  const logitMax = finiteMax(logits);
  let total = 0;
  let label = -1;
  for (let k = 0; k < logits.length; k++) {
    const weight = Math.exp((logits[k]! - logitMax) / temperature);
    total += weight;
    // The lowest index of equal ones; weights so near to 1 that they round to it are equal.
    if (weight === 1 && label === -1) label = k;
  }
  return { label, confidence: 1 / total };
}

/**
 * Finds the surest class and how sure it is. Equal scores go to the lowest index, so that the same
 * scores always give the same label.
 *
 * @param probabilities  [classes] float64; logits do too where only the label is wanted.
 * @throws {InvalidModelOutputError} if there is no class, or a score is NaN.
 */
export function topClass(probabilities: Float64Array): { label: number; confidence: number } {
  let label = 0;
  let confidence = -Infinity;
  for (let k = 0; k < probabilities.length; k++) {
    const score = probabilities[k]!;
    if (Number.isNaN(score))
      throw new InvalidModelOutputError('A class score is NaN.', { class: k });
    if (score > confidence) {
      label = k;
      confidence = score;
    }
  }
  if (probabilities.length === 0) throw new InvalidModelOutputError('There are no class scores.');
  return { label, confidence };
}

function finiteMax(logits: Float32Array): number {
  const classCount = logits.length;
  if (classCount === 0) throw new InvalidModelOutputError('The model gave no logits.');
  let logitMax = -Infinity;
  for (const logit of logits) {
    if (!Number.isFinite(logit))
      throw new InvalidModelOutputError('The model gave a non-finite logit.', { classCount });
    if (logit > logitMax) logitMax = logit;
  }
  return logitMax;
}
