import type { IntervalJson } from '../http/api-types.js';
import { clopperPearsonInterval } from './clopper-pearson.js';

/**
 * Estimates agreement with the teacher from a fixed number of rows, with an exact interval. Not for
 * watching continuously: an interval looked at after every row fails more often than delta says.
 *
 * @param agreeing  rows on which student and teacher agree, 0 to `rows`.
 * @param delta     chance that the interval misses the truth, in (0, 1); half of it on each side.
 * @returns         estimate and bounds in [0, 1]; without rows, 0 inside [0, 1].
 */
export function agreementInterval(agreeing: number, rows: number, delta: number): IntervalJson {
  const interval = clopperPearsonInterval({ successes: agreeing, trials: rows }, delta);
  return { estimate: rows === 0 ? 0 : agreeing / rows, ...interval, rows };
}
