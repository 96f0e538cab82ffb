/**
 * Shares of the rows whose shortest range is looked at, and how long it is of normal numbers, in
 * deviations: 2 times the quantile at (1 + share) / 2.
 */
const ranges = [
  { share: 0.5, deviations: 1.349 },
  { share: 0.9, deviations: 3.29 },
  { share: 0.98, deviations: 4.653 },
] as const;

/** Rounding makes a float32 that never changes vary by so much of itself. */
const rounding = 1e-6;

/**
 * Gives what a standard deviation is of normal numbers, by what most of them are like: the shortest
 * range that holds half of them, whatever the others are; where that half is all equal, as of a
 * flag that is seldom up, the shortest range of more of them. Where nearly all are equal, it is
 *
 *     sqrt(p) * median of |x - centre|
 *
 * over the share p that differs: the deviation, of a flag.
 *
 * @param sorted  float32, at least one, none NaN. Not modified.
 * @returns       >= 0; 0 where all are equal but for rounding.
 * @see Rousseeuw and Leroy 1988, "A robust scale estimator based on the shortest half"
 */
export function spreadOf(sorted: Float32Array): number {
  const centre = sorted[Math.floor(sorted.length / 2)]!;
  const least = rounding * Math.abs(centre);
  for (const { share, deviations } of ranges) {
    const width = shortestRange(sorted, share);
    if (width > least) return width / deviations;
  }
  const differing = Float64Array.from(sorted, (value) => Math.abs(value - centre))
    .filter((distance) => distance > least)
    .sort();
  if (differing.length === 0) return 0;
  const typical = differing[Math.floor(differing.length / 2)]!;
  return Math.sqrt(differing.length / sorted.length) * typical;
}

function shortestRange(sorted: Float32Array, share: number): number {
  const count = Math.min(sorted.length, Math.floor(share * sorted.length) + 1);
  let shortest = Infinity;
  for (let first = 0; first + count <= sorted.length; first++)
    shortest = Math.min(shortest, sorted[first + count - 1]! - sorted[first]!);
  return shortest;
}
