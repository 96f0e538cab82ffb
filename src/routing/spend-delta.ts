import { binomialLowerTail } from './binomial.js';

/**
 * Share of delta that attempt number `attempt` may spend.
 *
 *     delta[j] = delta / (j (j + 1)),   sum over all j = delta
 *
 * However many fits are tried on a growing set of rows, one of them passes wrongly with probability
 * delta at most (union bound). Falling with the square of j costs a fit little: the tenth still has
 * delta / 110, which takes under twice the rows of the first.
 *
 * @param attempt  1 for the first.
 */
export function deltaForAttempt(delta: number, attempt: number): number {
  if (!(Number.isInteger(attempt) && attempt >= 1))
    throw new RangeError(`attempt must be a whole number from 1, got ${attempt}`);
  return delta / (attempt * (attempt + 1));
}

/**
 * Holdout rows at which the next fit is worth its share of delta.
 *
 * Geometric, so attempts grow with the logarithm of rows (23 of them from 124 rows to 20 000) while
 * no certificate comes later than at 1.25 times the rows it needs. A quarter more rows is also what
 * the smaller share of the next attempt asks for (`rowsMinFor` grows by 1.24 from the first to the
 * second at delta 0.1, then ever less). At least 20, or small sets would be looked at row by row.
 *
 * @param rows  rows at this attempt.
 */
export function nextAttemptAtRows(rows: number): number {
  return rows + Math.max(20, Math.ceil(rows / 4));
}

/**
 * Fewest rows that can pass with two disagreements among them: the label-free rule by which a walk
 * over thresholds starts. Fewer rows pass only if flawless, and one unlucky row would end the walk.
 *
 *     min { n : P(Bin(n, riskMax) <= 2) <= delta }     (124 at riskMax = delta = 0.05)
 *
 * @throws {RangeError} if riskMax or delta is outside (0, 1).
 */
export function rowsMinFor(riskMax: number, delta: number): number {
  for (const [name, share] of Object.entries({ riskMax, delta }))
    if (!(share > 0 && share < 1)) throw new RangeError(`${name} must be in (0, 1), got ${share}`);

  const isEnough = (trials: number): boolean =>
    binomialLowerTail(2, { trials, probability: riskMax }) <= delta;
  let tooFew = 2; // Two rows with two disagreements prove nothing at any risk.
  let enough = 4;
  while (!isEnough(enough)) [tooFew, enough] = [enough, enough * 2];
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2);
    if (isEnough(middle)) enough = middle;
    else tooFew = middle;
  }
  return enough;
}
