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
