/**
 * Area under the receiver operating characteristic: the chance that a row of the second kind has
 * the higher score, ties counting half.
 *
 *     AUROC = (R - n (n + 1) / 2) / (m n),   R = ranks of the n positive ones among all, from 1
 *
 * @param negatives  [m] scores, finite.
 * @param positives  [n] scores, finite.
 * @returns          in [0, 1]; 0.5 tells nothing.
 * @throws {RangeError} if one of them is empty, or a score is not finite.
 * @see Mann & Whitney 1947; Fawcett 2006, "An introduction to ROC analysis", §7
 */
export function auroc(negatives: readonly number[], positives: readonly number[]): number {
  if (negatives.length === 0 || positives.length === 0)
    throw new RangeError('AUROC needs a score of each kind');
  if (![...negatives, ...positives].every(Number.isFinite))
    throw new RangeError('a score is not finite');
  const rows = [
    ...negatives.map((score) => ({ score, isPositive: false })),
    ...positives.map((score) => ({ score, isPositive: true })),
  ].sort((a, b) => a.score - b.score);
  let positiveRanks = 0;
  for (let first = 0; first < rows.length;) {
    let end = first;
    while (end < rows.length && rows[end]!.score === rows[first]!.score) end++;
    const rank = (first + 1 + end) / 2; // The mean of those that tie.
    for (let k = first; k < end; k++) if (rows[k]!.isPositive) positiveRanks += rank;
    first = end;
  }
  const n = positives.length;
  return (positiveRanks - (n * (n + 1)) / 2) / (negatives.length * n);
}
