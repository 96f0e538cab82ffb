import { fitThreshold } from '../routing/threshold.js';
import { ratedRowsOf, type HoldoutEvidence } from './evidence.js';

/**
 * A threshold for traffic that has changed, until rows of it can certify one: that for half the
 * risk, so that answers to the new inputs may be wrong as often as all others together. Where none
 * can be proven for so little, that of the surer half of what was answered.
 *
 * @param rows  that certified `threshold`, and what came since.
 * @returns     at least `threshold`; every threshold above a certified one is certified, too.
 */
export function cautiousThreshold(
  rows: readonly HoldoutEvidence[],
  certified: { readonly threshold: number; readonly riskMax: number; readonly delta: number },
): number {
  const { threshold: thresholdMin, riskMax, delta } = certified;
  const fit = fitThreshold({ ...ratedRowsOf(rows), riskMax: riskMax / 2, delta, thresholdMin });
  if (fit.kind === 'certified') return fit.threshold;
  const served = rows.map(({ confidence }) => confidence).filter((c) => c >= thresholdMin);
  return served.sort((a, b) => a - b)[Math.floor(served.length / 2)] ?? thresholdMin;
}
