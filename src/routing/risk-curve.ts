import type { RiskPointJson } from '../http/api-types-evaluation.js';
import { agreementInterval } from './agreement-interval.js';
import { rankSurestFirst, type RatedRows } from './surest-first.js';
import { quantileCuts } from './threshold.js';

/** More can not be told apart in a picture. */
const pointsMax = 50;

/**
 * Shows how often a student would be wrong with each share of the rows that it might answer: a
 * description of these rows, without prices and targets (`tradeoffCurve` has those).
 *
 * @param delta  chance that one of the intervals misses the truth, in (0, 1).
 * @returns      surest first, at most 50 points; none without rows.
 */
export function riskCurve(rows: RatedRows, delta: number): RiskPointJson[] {
  const given = rows.confidences.length;
  const cuts = quantileCuts(rankSurestFirst(rows), pointsMax);
  return cuts.map(({ threshold, rows: held, disagreements }) => ({
    threshold,
    coverage: held / given,
    risk: agreementInterval(disagreements, held, delta),
  }));
}
