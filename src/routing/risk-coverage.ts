import { rankSurestFirst, type RankedRows, type RatedRows } from './surest-first.js';

/**
 * Measures how well confidence tells right answers from wrong ones: the area under the curve of
 * risk over coverage.
 *
 *     AURC = mean over i of  risk(i),   risk(i) = share of the i surest rows that disagree
 *
 * Lower is better. It mixes two things: how good the order is, and how often the student is wrong
 * at all. So it compares scores of the same student on the same rows, and nothing else. Rows of
 * equal confidence count as the mean over all their orders.
 *
 * @returns in [0, 1]; 0 when no row disagrees.
 * @throws {RangeError} without rows, if the lengths differ, or a confidence is not finite.
 * @see Geifman, Uziel & El-Yaniv 2019, "Bias-Reduced Uncertainty Estimation for Deep Neural
 *      Classifiers", arXiv:1805.08206
 */
export function areaUnderRiskCoverage(rows: RatedRows): number {
  const ranked = rankSurestFirst(rows);
  const once = new Uint32Array(ranked.order.length).fill(1);
  if (once.length === 0) throw new RangeError('there are no rows to measure a curve on');
  return resampledArea(ranked, once);
}

/**
 * The same area when row i counts `counts[i]` times: bootstraps rank once, and count often.
 *
 * @param counts  [rows] whole numbers, not all 0.
 */
export function resampledArea(
  { order, disagrees, isLastOfTie }: RankedRows,
  counts: Uint32Array,
): number {
  let area = 0;
  let rows = 0;
  let wrong = 0;
  let [tiedRows, tiedWrong] = [0, 0];
  for (let rank = 0; rank < order.length; rank++) {
    const count = counts[order[rank]!]!;
    tiedRows += count;
    tiedWrong += count * disagrees[rank]!;
    if (isLastOfTie[rank] === 0) continue;
    // In a random order, j rows of the tie hold j * tiedWrong / tiedRows wrong ones on average.
    for (let j = 1; j <= tiedRows; j++) area += (wrong + (j * tiedWrong) / tiedRows) / (rows + j);
    rows += tiedRows;
    wrong += tiedWrong;
    [tiedRows, tiedWrong] = [0, 0];
  }
  return area / rows;
}
