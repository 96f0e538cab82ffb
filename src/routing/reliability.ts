import type { ReliabilityJson } from '../http/api-types-evaluation.js';
import { agreementInterval } from './agreement-interval.js';
import { expectedCalibrationError, widthBin } from './expected-calibration-error.js';
import type { RatedRows } from './surest-first.js';

const binCount = 15;

/**
 * Holds confidences against how often they are right, bin by bin: the points of a reliability
 * diagram. Bins are those of the expected calibration error, (0, 1/15], (1/15, 2/15], ...
 *
 * @param rows   confidences in [0, 1] that mean probabilities; rows not calibrated on.
 * @param delta  chance that an interval misses the truth, in (0, 1).
 * @returns      bins that hold a row, least confidence first.
 * @throws {RangeError} as `expectedCalibrationError`.
 * @see Guo et al. 2017, "On Calibration of Modern Neural Networks", §2, arXiv:1706.04599
 */
export function reliabilityOf(rows: RatedRows, delta: number): ReliabilityJson {
  const errors = {
    equalWidth: expectedCalibrationError(rows, { kind: 'equal-width', bins: binCount }),
    equalMass: expectedCalibrationError(rows, { kind: 'equal-mass', bins: binCount }),
  };
  const bins = Array.from({ length: binCount }, () => ({ rows: 0, right: 0, sum: 0 }));
  rows.confidences.forEach((confidence, row) => {
    const bin = bins[widthBin(confidence, binCount)]!;
    bin.rows++;
    bin.sum += confidence;
    if (!rows.disagrees[row]!) bin.right++;
  });
  return {
    error: errors,
    bins: bins.flatMap(({ rows: held, right, sum }, index) =>
      held === 0
        ? []
        : [
            {
              from: index / binCount,
              to: (index + 1) / binCount,
              confidence: sum / held,
              agreement: agreementInterval(right, held, delta),
            },
          ],
    ),
  };
}
