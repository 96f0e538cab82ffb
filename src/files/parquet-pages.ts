import {
  asyncBufferFromFile,
  parquetMetadataAsync,
  parquetReadObjects,
  type RowGroup,
} from 'hyparquet';
import { parquetCompressorsOf } from './parquet-compressors.js';
import { wholeParquet } from './parquet-damage.js';

/** What is read next of a file. */
export interface ParquetStep {
  /** For people. */
  readonly what: string;
  /** Of the file. */
  readonly bytes: number;
}

export interface ParquetPage {
  readonly rows: readonly Record<string, unknown>[];
  readonly rowsTotal: number;
  /** Null: this was the last page. */
  readonly next: ParquetStep | null;
}

/** What is read first. */
export const listOfColumns: ParquetStep = { what: 'the list of its columns', bytes: 0 };

/** A page is what is copied from one thread to another at a time: so many rows ... */
const pageRowsMax = 1_000;
/** ... or so many bytes and characters, whichever comes first. Its last row may exceed them. */
const pageSizeMax = 4_194_304;

/**
 * Reads a file page by page; the first one is empty, and says how many rows there are.
 *
 * @throws {InvalidConfigError} when it is damaged in a way that the reader sees.
 */
export async function* parquetPages(path: string): AsyncGenerator<ParquetPage, void> {
  const { file, metadata } = await wholeParquet(path, listOfColumns.what, async () => {
    const file = await asyncBufferFromFile(path);
    return { file, metadata: await parquetMetadataAsync(file) };
  });
  const compressors = await parquetCompressorsOf(metadata);
  const rowsTotal = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0);
  const steps: (ParquetStep & { readonly rowStart: number; readonly rowEnd: number })[] = [];
  for (const group of metadata.row_groups) {
    const rowStart = steps.at(-1)?.rowEnd ?? 0;
    const rowEnd = rowStart + Number(group.num_rows);
    const what = `rows ${rowStart + 1} to ${rowEnd} of ${rowsTotal}`;
    steps.push({ what, bytes: Math.min(file.byteLength, bytesOf(group)), rowStart, rowEnd });
  }
  yield { rows: [], rowsTotal, next: steps[0] ?? null };
  for (const [index, { what, ...range }] of steps.entries()) {
    const options = { file, metadata, compressors, utf8: false, ...range };
    const rows = await wholeParquet(path, what, () => parquetReadObjects(options));
    let from = 0;
    do {
      const end = endOfPage(rows, from);
      const page = rows.slice(from, end).map(onItsOwn);
      from = end;
      const next = from < rows.length ? { what, bytes: 0 } : (steps[index + 1] ?? null);
      yield { rows: page, rowsTotal, next };
    } while (from < rows.length);
  }
}

const bytesOf = ({ columns }: RowGroup): number =>
  columns.reduce((sum, column) => sum + Number(column.meta_data?.total_compressed_size ?? 0), 0);

function endOfPage(rows: readonly Record<string, unknown>[], from: number): number {
  const endMax = Math.min(rows.length, from + pageRowsMax);
  let end = from;
  for (let size = 0; end < endMax && size < pageSizeMax; end++) size += sizeOf(rows[end]!);
  return end;
}

/** Bytes and characters. */
function sizeOf(row: Record<string, unknown>): number {
  let size = 0;
  for (const value of Object.values(row))
    if (typeof value === 'string' || value instanceof Uint8Array) size += value.length;
  return size;
}

/** Bytes lie in those of their column, which would be copied with them to another thread. */
const onItsOwn = (row: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? value.slice() : value,
    ]),
  );
