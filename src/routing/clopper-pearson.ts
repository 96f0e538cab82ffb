import { logBinomialLowerTail, logBinomialUpperTail } from './binomial.js';

/** What was seen: 0 <= successes <= trials, both whole. */
export interface Count {
  readonly successes: number;
  readonly trials: number;
}

/**
 * Exact one-sided upper bound of a probability: the p at which so few successes have chance delta.
 *
 *     P(Bin(n, U) <= k) = delta;   U = 1 when k = n
 *
 * @param delta  chance that the truth lies above the bound, in (0, 1).
 * @returns      in (0, 1], relative error below 1e-9.
 * @throws {RangeError} if successes are outside [0, trials], or delta outside (0, 1).
 * @see Clopper & Pearson 1934, Biometrika 26
 */
export function clopperPearsonUpper({ successes, trials }: Count, delta: number): number {
  requireCount({ successes, trials }, delta);
  if (successes === trials) return 1;
  return bisect(
    (probability) => logBinomialLowerTail(successes, { trials, probability }) > Math.log(delta),
  );
}

/** The mirror image: P(Bin(n, L) >= k) = delta; L = 0 when k = 0. */
export function clopperPearsonLower({ successes, trials }: Count, delta: number): number {
  requireCount({ successes, trials }, delta);
  if (successes === 0) return 0;
  return bisect(
    (probability) => logBinomialUpperTail(successes, { trials, probability }) < Math.log(delta),
  );
}

/** Two-sided interval: each side may fail with delta / 2. */
export function clopperPearsonInterval(
  count: Count,
  delta: number,
): { readonly low: number; readonly high: number } {
  return {
    low: clopperPearsonLower(count, delta / 2),
    high: clopperPearsonUpper(count, delta / 2),
  };
}

/** @throws {RangeError} if successes are outside [0, trials], or delta is outside (0, 1). */
export function requireCount({ successes, trials }: Count, delta: number): void {
  if (!(Number.isSafeInteger(trials) && Number.isSafeInteger(successes)))
    throw new RangeError(`successes and trials must be whole, got ${successes} and ${trials}`);
  if (!(successes >= 0 && successes <= trials))
    throw new RangeError(`successes must be in [0, ${trials}], got ${successes}`);
  if (!(delta > 0 && delta < 1)) throw new RangeError(`delta must be in (0, 1), got ${delta}`);
}

/** Where `isBelow` turns from true to false in [0, 1], to the last bit: at most 1100 halvings. */
function bisect(isBelow: (probability: number) => boolean): number {
  let [low, high] = [0, 1];
  for (;;) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) return middle;
    if (isBelow(middle)) low = middle;
    else high = middle;
  }
}
