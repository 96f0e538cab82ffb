/**
 * Finds the share of rows that may be sent to the teacher for being unsure, when the student
 * answers the others and a teacher labels holdout rows too.
 *
 *     calls = rows (q + (1 - q) h)   of an hour: unsure rows, and holdout rows among the sure ones
 *     q     = (calls / rows - h) / (1 - h)
 *
 * @param rowsPerHour   rows that the policy decides about, > 0.
 * @param callsPerHour  rows that the teacher may label, >= 0.
 * @param holdoutRate   h, in [0, 1): drawn whatever the confidence, labelled whoever answers.
 * @returns             q in [0, 1].
 */
export function affordableShare({
  rowsPerHour,
  callsPerHour,
  holdoutRate,
}: {
  readonly rowsPerHour: number;
  readonly callsPerHour: number;
  readonly holdoutRate: number;
}): number {
  const share = (callsPerHour / rowsPerHour - holdoutRate) / (1 - holdoutRate);
  return Math.min(1, Math.max(0, share));
}

/**
 * Finds the confidence below which lies a share of recent rows: sent to the teacher, the least
 * confident rows are what the budget is spent on.
 *
 *     t = c_(k),  k = floor(q n),  c_(0) <= c_(1) <= ...
 *
 * At most k of the n rows lie below t. Rows that tie at t are all the student's: the budget may be
 * left unspent by them, and is never overspent.
 *
 * @param confidences  [rows] of recent rows, in any order; each in [0, 1]. Not modified.
 * @param share        q, in [0, 1].
 * @returns            null where every row is the teacher's: q is 1, or nothing is known yet.
 */
export function budgetThreshold(confidences: Float64Array, share: number): number | null {
  const index = Math.floor(share * confidences.length);
  if (index >= confidences.length) return null;
  return confidences.slice().sort()[index]!;
}
