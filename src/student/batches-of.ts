/** Rows that one run of a model scores beside the traffic: larger ones hold it up for too long. */
const batchRowsMax = 64;

/** Cuts rows to be scored into batches for one run each. */
export function batchesOf<Row>(rows: readonly Row[]): readonly (readonly Row[])[] {
  const batches: (readonly Row[])[] = [];
  for (let first = 0; first < rows.length; first += batchRowsMax)
    batches.push(rows.slice(first, first + batchRowsMax));
  return batches;
}
