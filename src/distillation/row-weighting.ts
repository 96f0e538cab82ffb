import type { DatasetRow } from './dataset.js';

/**
 * Which rows of a dataset count for more than others in the loss.
 *
 * - `rows`: none.
 * - `classes`: those of rare classes, see `balancingWeights`.
 * - `propensities`: those of a kind that is seldom labelled, see `propensityWeights`.
 */
export type RowWeighting = 'rows' | 'classes' | 'propensities';

/** [rows] to multiply a row's own weight by; null: all the same. */
export function weightsBy(
  weighting: RowWeighting,
  rows: readonly DatasetRow[],
): readonly number[] | null {
  if (weighting === 'rows') return null;
  return weighting === 'classes' ? balancingWeights(rows) : propensityWeights(rows);
}

/** For people; nothing where all rows weigh the same. */
export function wordsOfWeighting(weighting: RowWeighting): readonly string[] {
  if (weighting === 'rows') return [];
  return [
    weighting === 'classes' ? 'rare classes weigh more' : 'what is seldom labelled weighs more',
  ];
}

/** No row weighs more than so often another one. */
const weightMax = 5;

/**
 * Weights that make rare classes count for more: the root of what would make all classes count the
 * same, for a class of three rows must not be learnt by heart.
 *
 *     w[i] = min(5, sqrt(rows / (classes * rows of the class of i)))
 *
 * @returns  [rows]
 */
export function balancingWeights(rows: readonly { readonly label: number }[]): number[] {
  const weights = classWeightsOf(rows.map(({ label }) => label));
  return weights.map((weight) => Math.min(weightMax, Math.sqrt(weight)));
}

/** [rows] of mean 1: every class that has a row weighs the same. */
export function classWeightsOf(labels: readonly number[]): number[] {
  const counts = countsOf(labels);
  return labels.map((label) => labels.length / (counts.size * counts.get(label)!));
}

/**
 * Weights that make a dataset more like the traffic it was taken from, where the student's sure
 * rows are labelled at a low rate p, and all others:
 *
 *     w[i] = v[i] / mean of v,   v[i] = min(5, 1 / p[i])
 *
 * Without the limit a few rows of a rate of 1 % have a student learn little else.
 *
 * @returns  [rows] of mean 1
 * @see Horvitz & Thompson 1952, "A Generalization of Sampling Without Replacement"; clipped as by
 *      Ionides 2008, "Truncated Importance Sampling"
 */
export function propensityWeights(rows: readonly Pick<DatasetRow, 'propensity'>[]): number[] {
  const clipped = rows.map(({ propensity = 1 }) => Math.min(weightMax, 1 / propensity));
  const mean = clipped.reduce((sum, weight) => sum + weight, 0) / clipped.length;
  return clipped.map((weight) => weight / mean);
}

/** @returns whether rows of some kind are labelled more seldom than others. */
export const isSelective = (rows: readonly Pick<DatasetRow, 'propensity'>[]): boolean =>
  rows.some(({ propensity = 1 }) => propensity < 1);

/** Classes whose rows differ by less are left as they are. */
const skewMin = 5;

/** @returns whether the commonest class has many times the rows of the rarest. */
export function isSkewed(rows: readonly { readonly label: number }[]): boolean {
  const counts = [...countsOf(rows.map(({ label }) => label)).values()];
  return Math.max(...counts) >= skewMin * Math.min(...counts);
}

function countsOf(labels: readonly number[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts;
}
