/**
 * Gives how many rows look like the median row, itself among them:
 *
 *     crowd_r = the greatest number of rows that have one of row r's keys
 *     usual   = the least n with   sum_{r: crowd_r <= n} weight_r >= 1/2 sum_r weight_r
 *
 * Some data are dense: one number of which thousands of rows tell, or texts of one template. Then
 * half of the rows are in a crowd. Whoever sends less than half can not make look-alikes usual.
 *
 * @param keys     of each row: nearly equal inputs share one, most likely.
 * @param weights  of each row, >= 0; where all are 0 they count alike.
 * @returns        0 where there are no rows.
 */
export function usualCrowd(keys: readonly Float64Array[], weights: readonly number[]): number {
  const sizes = new Map<number, number>();
  for (const own of keys) for (const key of new Set(own)) sizes.set(key, (sizes.get(key) ?? 0) + 1);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const crowds = keys
    .map((own, row) => ({
      crowd: own.reduce((most, key) => Math.max(most, sizes.get(key)!), 0),
      weight: total > 0 ? weights[row]! / total : 1 / keys.length,
    }))
    .sort((a, b) => a.crowd - b.crowd);
  let below = 0;
  for (const { crowd, weight } of crowds) {
    below += weight;
    if (below >= half) return crowd;
  }
  return 0;
}

/** But for rounding. */
const half = 0.5 - 1e-9;
