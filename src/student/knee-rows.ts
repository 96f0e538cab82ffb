/**
 * Finds where larger batches stop paying: the fewest rows of a run whose throughput is within
 * `share` of the best.
 *
 *     knee = min { n : n / runMs(n) >= share * max_m m / runMs(m) },  1 <= m, n <= runRowsMax
 *
 * @param runMs       ms of a run of n rows, > 0.
 * @param runRowsMax  rows of the largest run, a whole number >= 1.
 * @param share       in (0, 1].
 * @returns           a whole number in [1, runRowsMax].
 */
export function kneeRows(
  runMs: (rows: number) => number,
  { runRowsMax, share }: { readonly runRowsMax: number; readonly share: number },
): number {
  const rowsPerMs = Array.from(
    { length: runRowsMax },
    (_, index) => (index + 1) / runMs(index + 1),
  );
  const enough = share * Math.max(...rowsPerMs);
  return rowsPerMs.findIndex((speed) => speed >= enough) + 1;
}
