import { leastTarget } from '../routing/tradeoff-curve.js';
import { percentSet } from '../task/percent.js';
import { ratedRowsOf } from './evidence.js';
import type { Guarantee } from './guarantee.js';

/**
 * Says which target the rows of a failed fit would do for, as a sentence after a space; nothing
 * where it is none. Nothing either with targets of single labels: these are tested on other rows,
 * and may rule out the thresholds that the rows would do for.
 */
export function wouldDoWords({
  policy,
  certifyingRows,
  nextFit,
}: Pick<Guarantee, 'policy' | 'certifyingRows' | 'nextFit'>): string {
  if (Object.keys(policy.labels).length > 0) return '';
  const { delta: fitDelta, riskMaxMin } = nextFit;
  const least = leastTarget(ratedRowsOf(certifyingRows), { fitDelta, riskMaxMin });
  return least < 1 ? ` These rows would do for a riskMax of ${percentSet(least)}.` : '';
}
