import type { Capture, RowFilter, StoredRow } from '../capture/capture.js';
import { holdoutUseOf } from './holdout-use.js';

/** Newest holdout rows that are looked at. */
const holdoutRowsMax = 10_000;

/**
 * Reads the holdout rows that choose between students. Repeats of an input are no further
 * evidence: the newest row of each stands for it.
 */
export async function readChoosingRows(
  capture: Pick<Capture, 'readHoldout'>,
  filter: Omit<RowFilter, 'rowsMax'>,
): Promise<readonly StoredRow[]> {
  const newestFirst = await capture.readHoldout({ ...filter, rowsMax: holdoutRowsMax });
  const choosing = newestFirst.filter(({ inputHash }) => holdoutUseOf(inputHash) === 'choose');
  return [...new Map(choosing.reverse().map((row) => [row.inputHash, row])).values()];
}
