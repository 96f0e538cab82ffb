/** Rows that one run of a model scores beside the traffic: larger ones hold it up for too long. */
const batchRowsMax = 64;

/** Cuts rows into batches, for one run each or one request; the last one may be shorter. */
export function batchesOf<Row>(
  rows: readonly Row[],
  rowsMax = batchRowsMax,
): readonly (readonly Row[])[] {
  const batches: (readonly Row[])[] = [];
  for (let first = 0; first < rows.length; first += rowsMax)
    batches.push(rows.slice(first, first + rowsMax));
  return batches;
}
