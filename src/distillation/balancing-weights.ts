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
  const counts = new Map<number, number>();
  for (const { label } of rows) counts.set(label, (counts.get(label) ?? 0) + 1);
  return rows.map(({ label }) =>
    Math.min(weightMax, Math.sqrt(rows.length / (counts.size * counts.get(label)!))),
  );
}

/** Classes whose rows differ by less are left as they are. */
const skewMin = 5;

/** @returns whether the commonest class has many times the rows of the rarest. */
export function isSkewed(rows: readonly { readonly label: number }[]): boolean {
  const counts = new Map<number, number>();
  for (const { label } of rows) counts.set(label, (counts.get(label) ?? 0) + 1);
  return Math.max(...counts.values()) >= skewMin * Math.min(...counts.values());
}
