/**
 * Averages over the labels that occur the share of each one's rows that got it.
 *
 *     sum over labels k that occur of  right[k] / rows[k],  divided by the number of those labels
 *
 * Accuracy alone is high, too, where one label is nearly all there is and is always given.
 *
 * @param given  [rows] the label that each row got, and the true one.
 * @returns      in [0, 1]; 0 without rows.
 */
export function balancedAccuracy(
  given: Iterable<{ readonly label: number; readonly trueLabel: number }>,
): number {
  const counts = new Map<number, { rows: number; right: number }>();
  for (const { label, trueLabel } of given) {
    const count = counts.get(trueLabel) ?? { rows: 0, right: 0 };
    count.rows++;
    if (label === trueLabel) count.right++;
    counts.set(trueLabel, count);
  }
  const recalls = [...counts.values()].map(({ rows, right }) => right / rows);
  return recalls.length === 0 ? 0 : recalls.reduce((sum, recall) => sum + recall) / recalls.length;
}
