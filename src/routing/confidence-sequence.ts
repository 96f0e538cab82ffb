import { logMeanExp } from './betting-grid.js';
import { requireCount, type Count } from './clopper-pearson.js';

/**
 * Bounds a mean of yes-or-no outcomes, validly however often it is looked at: with probability
 * 1 - delta the intervals after every single outcome hold, all of them together.
 *
 *     K_n(m) = mean over lambda of  exp(lambda s - n log(1 + m (e^lambda - 1)))
 *     interval = { m : K_n(m) < 1 / delta },     s successes in n outcomes
 *
 * Each term is the wealth of a bet of constant log-odds lambda against the mean m: it grows by
 * e^lambda / (1 + m (e^lambda - 1)) on a success. K_n is convex in m, hence the set is an interval,
 * and it depends on two counts alone: nothing else has to be kept.
 *
 * Not only for outcomes of equal chance. Let outcome i succeed with chance p_i given those before
 * it: log(1 + p (e^lambda - 1)) is concave in p, so by Jensen the wealth at m = mean p_i is at most
 * prod e^(lambda x_i) / (1 + p_i (e^lambda - 1)), a martingale from 1: Ville's inequality holds.
 * The interval then covers the mean of the p_i so far: agreement may move with the traffic and with
 * the threshold, and the interval is still right about what it has counted. (The beta-binomial
 * mixture lacks this: its bets move with m. It is wider too, save for the first tens of rows.)
 *
 * @param count  outcomes since a start that did not depend on them. A sliding window is none: what
 *               it forgets, the martingale has been paid for.
 * @param delta  chance that the mean is ever outside, in (0, 1).
 * @returns      in [0, 1], the estimate s / n inside; [0, 1] before the first outcome. Some 20
 *               microseconds.
 * @throws {RangeError} if successes are not whole or outside [0, trials], or delta outside (0, 1).
 * @see Waudby-Smith & Ramdas 2024, "Estimating means of bounded random variables by betting", §4,
 *      arXiv:2010.09686; Howard et al. 2021, "Time-uniform, nonparametric, nonasymptotic confidence
 *      sequences", sub-Bernoulli, arXiv:1810.08240
 */
export function confidenceSequence(
  { successes, trials }: Count,
  delta: number,
): { readonly low: number; readonly high: number } {
  requireCount({ successes, trials }, delta);
  if (trials === 0) return { low: 0, high: 1 };
  const isRefuted = (mean: number): boolean =>
    logWealth({ successes, trials }, mean) >= -Math.log(delta);
  const estimate = successes / trials;
  return {
    low: isRefuted(0) ? boundary(isRefuted, { outside: 0, inside: estimate }) : 0,
    high: isRefuted(1) ? boundary(isRefuted, { outside: 1, inside: estimate }) : 1,
  };
}

/** Small ones for means that are known well already, large ones for a handful of outcomes. */
const logOddsMin = 0.01;
const logOddsMax = 5;
const betsASide = 16;

/** [bets] log-odds, geometric, of either sign; and what they are at mean m: e^lambda - 1. */
const logOdds = Array.from(
  { length: betsASide },
  (_, bet) => logOddsMin * (logOddsMax / logOddsMin) ** (bet / (betsASide - 1)),
).flatMap((lambda) => [lambda, -lambda]);
const gains = logOdds.map(Math.expm1);

function logWealth({ successes, trials }: Count, mean: number): number {
  return logMeanExp(
    logOdds.map((lambda, bet) => lambda * successes - trials * Math.log1p(mean * gains[bet]!)),
  );
}

/** Halves the gap between a refuted mean and one that is not, to 1e-12; the refuted end. */
function boundary(
  isRefuted: (mean: number) => boolean,
  { outside, inside }: { outside: number; inside: number },
): number {
  while (Math.abs(outside - inside) > 1e-12) {
    const middle = (outside + inside) / 2;
    if (isRefuted(middle)) outside = middle;
    else inside = middle;
  }
  return outside;
}
