import { rankSurestFirst, type RatedRows } from './surest-first.js';

/**
 * Measures how far confidences are from the share of rows that agree.
 *
 *     ECE = sum over bins of  rows[b] / rows * | agreement[b] - mean confidence[b] |
 *
 * `equal-width` bins are (0, 1/B], (1/B, 2/B], ... as Guo et al. have them; sure students fill the
 * last bin alone, which then hides what happens inside it. `equal-mass` bins hold about rows / B
 * rows each; rows of equal confidence share one, so that their order does not matter. Both are
 * biased upwards by chance, by about 0.4 sqrt(B / rows): compare on equal numbers of rows.
 *
 * @param rows     confidences in [0, 1] that mean probabilities; rows not calibrated on.
 * @param options  bins: 15 by default, as in the literature.
 * @returns        in [0, 1]; 0 is perfect.
 * @throws {RangeError} without rows, if lengths differ, a confidence is outside [0, 1], or bins is
 *                      not a whole number from 1.
 * @see Guo et al. 2017, "On Calibration of Modern Neural Networks", §2, arXiv:1706.04599;
 *      Nguyen & O'Connor 2015, "Posterior calibration", adaptive bins, arXiv:1508.05154
 */
export function expectedCalibrationError(
  rows: RatedRows,
  { kind, bins = 15 }: { readonly kind: 'equal-width' | 'equal-mass'; readonly bins?: number },
): number {
  if (!(Number.isSafeInteger(bins) && bins >= 1))
    throw new RangeError(`bins must be a whole number from 1, got ${bins}`);
  const { confidences, disagrees, isLastOfTie } = rankSurestFirst(rows);
  const rowCount = confidences.length;
  if (rowCount === 0) throw new RangeError('there are no rows to measure calibration on');
  if (!(confidences[0]! <= 1 && confidences[rowCount - 1]! >= 0))
    throw new RangeError('a confidence is outside [0, 1]');

  const isLastOfBin = (rank: number): boolean => {
    const [own, next] = [confidences[rank]!, confidences[rank + 1]];
    if (next === undefined) return true;
    if (kind === 'equal-width') return widthBin(own, bins) !== widthBin(next, bins);
    const isFull =
      Math.floor(((rank + 1) * bins) / rowCount) > Math.floor((start * bins) / rowCount);
    return isFull && isLastOfTie[rank] === 1;
  };
  let error = 0;
  let start = 0;
  let gap = 0; // Sum over the rows of a bin: agrees - confidence.
  for (let rank = 0; rank < rowCount; rank++) {
    gap += 1 - disagrees[rank]! - confidences[rank]!;
    if (!isLastOfBin(rank)) continue;
    error += Math.abs(gap) / rowCount;
    start = rank + 1;
    gap = 0;
  }
  return error;
}

/** Bin b is (b / bins, (b + 1) / bins]; 0 belongs to the first. */
export const widthBin = (confidence: number, bins: number): number =>
  Math.max(0, Math.ceil(confidence * bins) - 1);
