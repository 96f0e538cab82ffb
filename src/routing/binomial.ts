/** Counts successes in independent trials of equal chance. */
export interface Binomial {
  /** n: whole number, at least 0; checked against the oracle up to 1e6. */
  readonly trials: number;
  /** p: of success in one trial, in [0, 1]. */
  readonly probability: number;
}

/**
 * Sums the lower tail exactly: P(X <= k) for X ~ Bin(n, p).
 *
 * @returns in [0, 1], relative error below 1e-9; 0 where it is under 1e-308 (use the log then).
 */
export function binomialLowerTail(k: number, binomial: Binomial): number {
  return Math.exp(logBinomialLowerTail(k, binomial));
}

/**
 * Logarithm of the lower tail, for chances too small for float64.
 *
 *     P(X <= k) = pmf(k) (1 + r[k] (1 + r[k-1] (1 + ...))),   r[j] = pmf(j-1) / pmf(j)
 *
 * All terms are positive, so nothing cancels; past some 9 standard deviations they no longer count.
 * Above the mean it is 1 less the upper tail, which is then the smaller one.
 *
 * @param k  whole number; below 0 nothing is in the tail, from n on everything is.
 * @throws {RangeError} if k or n is not whole, n is below 0, or p is outside [0, 1].
 */
export function logBinomialLowerTail(k: number, binomial: Binomial): number {
  requireBinomial(k, binomial);
  const { trials: n, probability: p } = binomial;
  return logTail(k, n, { p, q: 1 - p });
}

/** Logarithm of the upper tail, log P(X >= k): the lower tail of the failures. */
export function logBinomialUpperTail(k: number, binomial: Binomial): number {
  requireBinomial(k, binomial);
  const { trials: n, probability: p } = binomial;
  return logTail(n - k, n, { p: 1 - p, q: p });
}

/** p and q = 1 - p go side by side, so that neither loses digits when the tail is turned over. */
interface Odds {
  readonly p: number;
  readonly q: number;
}

function requireBinomial(k: number, { trials, probability }: Binomial): void {
  if (!(Number.isSafeInteger(k) && Number.isSafeInteger(trials) && trials >= 0))
    throw new RangeError(`k and trials must be whole, trials at least 0, got ${k} and ${trials}`);
  if (!(probability >= 0 && probability <= 1))
    throw new RangeError(`probability must be in [0, 1], got ${probability}`);
}

function logTail(k: number, n: number, { p, q }: Odds): number {
  if (k < 0) return -Infinity;
  if (k >= n || p === 0) return 0;
  if (q === 0) return -Infinity;
  if (k <= n * p) return logSumDownwards(k, n, { p, q });
  return Math.log1p(-Math.exp(logSumDownwards(n - k - 1, n, { p: q, q: p })));
}

/** Log of pmf(k) + pmf(k-1) + ...; k at or below the mean, where every ratio is under 1. */
function logSumDownwards(k: number, n: number, { p, q }: Odds): number {
  let term = 1;
  let total = 1;
  for (let j = k; j > 0 && term > total * termShareMin; j--) {
    term *= (j * q) / ((n - j + 1) * p);
    total += term;
  }
  return logPmf(k, n, { p, q }) + Math.log(total);
}

/** Terms below this share of their sum no longer change a float64. */
const termShareMin = 1e-18;

/**
 * Logarithm of C(n, k) p^k q^(n-k), k < n.
 *
 * By deviances from the mean. The obvious log-gamma form subtracts numbers near n log n, and with
 * them the last 1e-9 at n = 1e6.
 *
 * @see Loader 2000, "Fast and Accurate Computation of Binomial Probabilities"
 */
function logPmf(k: number, n: number, { p, q }: Odds): number {
  if (k === 0) return n * (p < q ? Math.log1p(-p) : Math.log(q));
  const stirling = stirlingError(n) - stirlingError(k) - stirlingError(n - k);
  const spread = Math.log((2 * Math.PI * k * (n - k)) / n) / 2;
  return stirling - deviance(k, n * p) - deviance(n - k, n * q) - spread;
}

/** x log(x / m) + m - x, at least 0; by log1p, because x is often near m. */
function deviance(x: number, mean: number): number {
  return x * Math.log1p((x - mean) / mean) - (x - mean);
}

/** log n! - (n + 1/2) log n + n - log(2 pi) / 2; n at least 1. From 16 on, its series. */
function stirlingError(n: number): number {
  if (n < 16) {
    let factorial = 1;
    for (let j = 2; j <= n; j++) factorial *= j;
    return Math.log(factorial) - (n + 0.5) * Math.log(n) + n - Math.log(2 * Math.PI) / 2;
  }
  const s = 1 / (n * n);
  return (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - s / 1188)))) / n;
}
