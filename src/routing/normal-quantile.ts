/**
 * The point of the standard normal distribution with this much below it.
 *
 *     P(Z <= z) = 1/2 + phi(z) (z + z^3/3 + z^5/(3 5) + z^7/(3 5 7) + ...)
 *
 * @param share  in [1e-9, 1 - 1e-9].
 * @returns      z, to about 1e-9.
 * @throws {RangeError} for another share.
 * @see Marsaglia 2004, "Evaluating the Normal Distribution", J. Stat. Software 11(4)
 */
export function normalQuantile(share: number): number {
  if (!(share >= 1e-9 && share <= 1 - 1e-9))
    throw new RangeError(`share must be in [1e-9, 1 - 1e-9], got ${share}`);
  let [low, high] = [-6.1, 6.1];
  while (high - low > 1e-12) {
    const middle = (low + high) / 2;
    if (shareBelow(middle) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function shareBelow(z: number): number {
  let [sum, term] = [z, z];
  for (let k = 3; Math.abs(term) > 1e-17; k += 2) {
    term *= (z * z) / k;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI);
}
