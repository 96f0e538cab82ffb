import { blobBytesOf, pageBytesMax } from './read-newest.js';
import type { Cell } from './row-codec.js';

/** Rows of a page, and whether it ended for their size: more may follow then. */
export interface TakenPage {
  readonly rows: readonly Cell[][];
  readonly isCut: boolean;
}

/** Takes rows until they are large enough, so that large ones take no more memory than small. */
export function takePage(found: Iterable<Cell[]>): TakenPage {
  const rows: Cell[][] = [];
  let bytes = 0;
  for (const row of found) {
    rows.push(row);
    bytes += blobBytesOf([row]);
    if (bytes >= pageBytesMax) return { rows, isCut: true };
  }
  return { rows, isCut: false };
}
