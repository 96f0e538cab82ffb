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
  /** Rows above confidence 0, the first ones. The others are out of scope: never answered. */
  readonly inScope: number;
}

/**
 * Ranks rows once, for walks over all thresholds.
 *
 * @throws {RangeError} if the lengths differ, or a confidence is not a finite number.
 */
export function rankSurestFirst({ confidences, disagrees }: RatedRows): RankedRows {
  if (confidences.length !== disagrees.length)
    throw new RangeError(`${confidences.length} confidences, but ${disagrees.length} outcomes`);
  for (const confidence of confidences)
    if (!Number.isFinite(confidence)) throw new RangeError('a confidence is not finite');

  // Numbers alone are sorted by native code, and plain loops do the rest: sorting row indices by a
  // comparator, and filling arrays by callbacks, took 4 times as long. The event loop waits for it.
  const ranked = confidences.slice().sort().reverse();
  const rowCount = ranked.length;
  const order = new Uint32Array(rowCount);
  const wrong = new Uint8Array(rowCount);
  const isLastOfTie = new Uint8Array(rowCount);
  const placed = new Uint32Array(rowCount); // [rank] rows placed of the tie that starts here.
  for (let row = 0; row < rowCount; row++) {
    const tie = firstRankOf(confidences[row]!, ranked);
    const rank = tie + placed[tie]!++;
    order[rank] = row;
    wrong[rank] = Number(disagrees[row]);
  }
  for (let rank = 0; rank < rowCount; rank++)
    isLastOfTie[rank] = Number(ranked[rank] !== ranked[rank + 1]);
  const inScope = ranked.findLastIndex((confidence) => confidence > 0) + 1;
  return { order, confidences: ranked, disagrees: wrong, isLastOfTie, inScope };
}

/** @param ranked  [rows] descending; holds the confidence. */
function firstRankOf(confidence: number, ranked: Float64Array): number {
  let [low, high] = [0, ranked.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ranked[middle]! > confidence) low = middle + 1;
    else high = middle;
  }
  return low;
}
