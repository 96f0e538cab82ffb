/** Rows as a model saw them: entry i of each belongs to row i. */
export interface RatedRows {
  /** [rows] in [0, 1]. */
  readonly confidences: Float64Array;
  /** [rows] the student's label differs from the teacher's. */
  readonly disagrees: readonly boolean[];
}

/** The same rows from the most confident down. */
export interface RankedRows {
  /** [rows] index of the row at each rank. */
  readonly order: Uint32Array;
  /** [rows] descending. */
  readonly confidences: Float64Array;
  /** [rows] 1 where it disagrees. */
  readonly disagrees: Uint8Array;
  /** [rows] 1 where a threshold can part this rank from the next: ties stay together. */
  readonly isLastOfTie: Uint8Array;
}

/**
 * Ranks rows once, for walks over all thresholds.
 *
 * @throws {RangeError} if the lengths differ, or a confidence is not a finite number.
 */
export function rankSurestFirst({ confidences, disagrees }: RatedRows): RankedRows {
  if (confidences.length !== disagrees.length)
    throw new RangeError(`${confidences.length} confidences, but ${disagrees.length} outcomes`);
  if (!confidences.every(Number.isFinite)) throw new RangeError('a confidence is not finite');

  const order = Uint32Array.from(confidences.keys());
  order.sort((a, b) => confidences[b]! - confidences[a]!);
  const ranked = Float64Array.from(order, (row) => confidences[row]!);
  return {
    order,
    confidences: ranked,
    disagrees: Uint8Array.from(order, (row) => Number(disagrees[row])),
    isLastOfTie: Uint8Array.from(ranked, (own, rank) => Number(own !== ranked[rank + 1])),
  };
}
