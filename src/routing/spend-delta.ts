import { binomialLowerTail } from './binomial.js';

/** Of delta, what the first attempt may spend. */
const firstShare = 0.7;

/**
 * Share of delta that attempt number `attempt` may spend.
 *
 *     delta[1] = 0.7 delta
 *     delta[j] = 0.3 delta / (j (j - 1))   for j > 1;   sum over all j = delta
 *
 * However many fits are tried on a growing set of rows, one of them passes wrongly with probability
 * delta at most (union bound). Most goes to the first: once a task has a history, a new student is
 * held against all of its rows at once, and is replaced before many more come. A student that stays
 * loses little, for the rest falls with the square of j alone: the tenth attempt has delta / 300,
 * which takes about twice the rows of the first.
 *
 * @param attempt  1 for the first.
 */
export function deltaForAttempt(delta: number, attempt: number): number {
  if (!(Number.isInteger(attempt) && attempt >= 1))
    throw new RangeError(`attempt must be a whole number from 1, got ${attempt}`);
  if (attempt === 1) return firstShare * delta;
  return ((1 - firstShare) * delta) / (attempt * (attempt - 1));
}

/**
 * Holdout rows at which the next fit is worth its share of delta.
 *
 * Geometric, so attempts grow with the logarithm of rows (23 of them from 124 rows to 20 000) while
 * no certificate comes later than at 1.25 times the rows it needs. From the second attempt on, a
 * quarter more rows is also enough for the smaller share of the next one: at delta 0.1 `rowsMinFor`
 * grows by 1.17 from the second to the third, then ever less. (The second takes 1.35 times the rows
 * of the first.) At least 20, or small sets would be looked at row by row.
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
