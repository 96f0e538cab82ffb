import type { RowFilter } from './capture.js';
import type { Cell } from './row-codec.js';

/** Which rows a page is of. */
export type PageSource = 'training' | 'holdout';

export interface PageFilter extends RowFilter {
  readonly source: PageSource;
  /** Only rows before this one: the next page. */
  readonly beforeSequence: number;
}

/** A page of rows, newest first, as the cells of `storedColumns`. */
export interface Page {
  readonly rows: readonly (readonly Cell[])[];
  /** What the blobs of them take. */
  readonly bytes: number;
}

/** A page is decoded on the event loop in about 1 ms: the size that keeps it so. */
export const pageBytesMax = 1_048_576;
const firstPageRows = 1; // Tells how large a row is.
const pageRowsMax = 512;

/**
 * Reads page by page: each is a short transaction of its own, so no read holds back the log's
 * checkpoints, and the event loop runs in between. Rows appended meanwhile are newer than the first
 * page, so they are not among these.
 *
 * @param readPage    reads the newest rows of a filter.
 * @param decode      makes a row of its cells.
 */
export async function readNewest<Row extends { readonly sequence: number }>(
  { source, ...filter }: RowFilter & Pick<PageFilter, 'source'>,
  readPage: (filter: PageFilter) => Promise<Page>,
  decode: (cells: readonly Cell[]) => Row,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  let beforeSequence = Number.MAX_SAFE_INTEGER;
  let pageRows = firstPageRows;
  while (rows.length < filter.rowsMax) {
    const rowsMax = Math.min(pageRows, filter.rowsMax - rows.length);
    const page = await readPage({ ...filter, source, beforeSequence, rowsMax });
    for (const cells of page.rows) rows.push(decode(cells));
    if (page.rows.length < rowsMax) break;
    beforeSequence = rows.at(-1)!.sequence;
    const rowBytes = Math.max(1, page.bytes / page.rows.length);
    pageRows = Math.min(pageRowsMax, Math.max(1, Math.floor(pageBytesMax / rowBytes)));
  }
  return rows;
}

/** What the blobs of rows take. */
export function blobBytesOf(rows: readonly (readonly Cell[])[]): number {
  let bytes = 0;
  for (const row of rows)
    for (const cell of row) if (cell instanceof Uint8Array) bytes += cell.byteLength;
  return bytes;
}
