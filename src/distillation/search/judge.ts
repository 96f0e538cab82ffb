import { fitTemperature } from '../../routing/calibrate.js';
import { classWeightsOf } from '../row-weighting.js';

/** What a student is worth on validation rows. */
export interface Verdict {
  /** [rows] squared errors of the calibrated probabilities, in [0, 2]. */
  readonly losses: Float64Array;
  readonly loss: number;
  /** Share of the rows with the teacher's label on top, and the mean over classes of that. */
  readonly agreement: number;
  readonly balancedAgreement: number;
}

/**
 * Judges the scores of a student.
 *
 *     loss[i] = sum over k of (softmax(z[i] / T)[k] - (k = y[i]))^2
 *
 * Calibrated first, so that students trained at different temperatures can be compared. Squared,
 * not logarithmic: a single row that is surely wrong would else weigh more than ten that were put
 * right, and a student two points better on 200 digits was not better than chance.
 *
 * @param logits  z, [rows][classes] of rows that no weight was fitted on, at least one.
 * @param labels  y, [rows], the teacher's.
 * @see Brier 1950, "Verification of forecasts expressed in terms of probability"
 */
export function judge(logits: readonly Float32Array[], labels: readonly number[]): Verdict {
  const { temperature } = fitTemperature(logits, labels);
  const losses = Float64Array.from(logits, (row, index) =>
    squaredErrorOf(row, labels[index]!, temperature),
  );
  const isRight = logits.map((row, index) => row.indexOf(Math.max(...row)) === labels[index]);
  const weights = classWeightsOf(labels);
  const rows = logits.length;
  return {
    losses,
    loss: sum(losses) / rows,
    agreement: isRight.filter(Boolean).length / rows,
    balancedAgreement: sum(weights.map((weight, index) => (isRight[index]! ? weight : 0))) / rows,
  };
}

/**
 * Compares two students on the same rows, row by row.
 *
 *     d[i] = other[i] - own[i],   gain = mean of w[i] d[i],   error = standard error of that mean
 *
 * @param weights  [rows] of mean 1; null: all the same.
 * @returns        gain > 0 where `own` is better.
 */
export function compareLosses(
  own: Verdict,
  other: Verdict,
  weights: readonly number[] | null = null,
): { readonly gain: number; readonly error: number } {
  const rows = own.losses.length;
  const terms = own.losses.map(
    (loss, index) => (weights?.[index] ?? 1) * (other.losses[index]! - loss),
  );
  const gain = sum(terms) / rows;
  const spread = sum(terms.map((term) => (term - gain) ** 2)) / Math.max(1, rows - 1);
  return { gain, error: Math.sqrt(spread / rows) };
}

function squaredErrorOf(logits: Float32Array, label: number, temperature: number): number {
  const largest = Math.max(...logits);
  const powers = Float64Array.from(logits, (logit) => Math.exp((logit - largest) / temperature));
  const total = sum(powers);
  return sum(powers.map((power, k) => (power / total - Number(k === label)) ** 2));
}

const sum = (numbers: Iterable<number>): number => {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
};
