import { logBinomialUpperTail } from './binomial.js';

/**
 * Compares two models on the same rows by the exact McNemar test. Rows on which both are right or
 * both are wrong say nothing about the difference; each other row is a fair coin if they are equal.
 *
 *     pGreater = P(Bin(lost + gained, 1/2) >= lost)
 *
 * @param lost    rows that only the incumbent has right.
 * @param gained  rows that only the candidate has right.
 * @returns       chance of at least so many losses if both were equally good; 1 without such rows.
 * @see McNemar 1947, Psychometrika 12
 */
export function mcnemar(lost: number, gained: number): { readonly pGreater: number } {
  const fairCoin = { trials: lost + gained, probability: 0.5 };
  return { pGreater: Math.exp(logBinomialUpperTail(lost, fairCoin)) };
}
