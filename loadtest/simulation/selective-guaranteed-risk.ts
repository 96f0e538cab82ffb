import { binomialLowerTail } from '../../src/routing/binomial.js';
import { rankSurestFirst, type RatedRows } from '../../src/routing/surest-first.js';

/**
 * Fits a threshold by "selection with guaranteed risk", the method that fixed sequences are
 * compared with: bisection over the sorted confidences, each test at delta / ceil(log2 rows).
 *
 * Re-derived from the paper. The authors' code returns the threshold that it tested last, passed or
 * not; serves rows of equal confidence that it has not counted; and splits at random. Here the last
 * that passed is kept, and a cut moves to the end of its tie.
 *
 * @returns the threshold, or null when none passed.
 * @see Geifman & El-Yaniv 2017, "Selective classification for deep neural networks", alg. 2,
 *      arXiv:1705.08500
 */
export function fitBySelection(
  rows: RatedRows,
  { riskMax, delta }: { readonly riskMax: number; readonly delta: number },
): number | null {
  const { confidences, disagrees, isLastOfTie } = rankSurestFirst(rows);
  const rowCount = confidences.length;
  const wrongUpTo = new Uint32Array(rowCount);
  let wrong = 0;
  for (let rank = 0; rank < rowCount; rank++) wrongUpTo[rank] = wrong += disagrees[rank]!;

  const tests = Math.ceil(Math.log2(rowCount));
  let threshold: number | null = null;
  let [low, high] = [0, rowCount - 1];
  for (let test = 0; test < tests && low <= high; test++) {
    let rank = Math.floor((low + high) / 2);
    const middle = rank;
    while (isLastOfTie[rank] === 0) rank++;
    // Its Clopper-Pearson bound is at most riskMax exactly when this tail is at most its delta.
    const tail = binomialLowerTail(wrongUpTo[rank]!, { trials: rank + 1, probability: riskMax });
    if (tail <= delta / tests) {
      threshold = confidences[rank]!;
      low = rank + 1; // More lenient.
    } else {
      high = middle - 1;
    }
  }
  return threshold;
}
