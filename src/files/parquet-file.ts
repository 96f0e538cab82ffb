import { open, readFile, stat, writeFile } from 'node:fs/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import {
  asyncBufferFromFile,
  parquetMetadata,
  parquetMetadataAsync,
  parquetReadObjects,
  type Compressors,
  type FileMetaData,
} from 'hyparquet';
import type { BasicType, ColumnSource } from 'hyparquet-writer';
import { InvalidConfigError } from '../errors.js';

export interface ParquetColumn {
  readonly name: string;
  readonly type: BasicType;
  readonly data: ColumnSource['data'];
}

/** Rows are compressed together: images of one kind shrink to a fifth. */
export async function writeParquet(path: string, columns: readonly ParquetColumn[]): Promise<void> {
  const { parquetWriteBuffer } = await import('hyparquet-writer'); // A start need not wait for it.
  const buffer = parquetWriteBuffer({
    columnData: columns.map((column) => ({ ...column, statistics: false })),
    codec: 'GZIP',
    compressors: { GZIP: (bytes) => gzipSync(bytes, { level: 9 }) },
  });
  await writeFile(path, new Uint8Array(buffer));
}

/**
 * Reads a whole file.
 *
 * @returns one object a row; byte arrays stay bytes.
 * @throws {InvalidConfigError} when it is cut short, damaged, or no Parquet file.
 */
export async function readParquet(path: string): Promise<readonly Record<string, unknown>[]> {
  await requireEnds(path);
  const bytes = await readFile(path);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const metadata = await whole(path, 'the list of its columns', () => parquetMetadata(file));
  const compressors = await compressorsOf(metadata);
  return whole(path, 'its rows', () =>
    parquetReadObjects({ file, metadata, compressors, utf8: false }),
  );
}

/**
 * Reads a file that may be large, one row group in memory at a time; rows as `readParquet`'s.
 *
 * @param onShare  told of the share of the rows that have been read, in [0, 1].
 * @throws {InvalidConfigError} as `readParquet`.
 */
export async function* parquetRows(
  path: string,
  onShare?: (share: number) => void,
): AsyncGenerator<Record<string, unknown>> {
  await requireEnds(path);
  const file = await asyncBufferFromFile(path);
  const metadata = await whole(path, 'the list of its columns', () => parquetMetadataAsync(file));
  const compressors = await compressorsOf(metadata);
  const rowsTotal = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0);
  let rowStart = 0;
  for (const { num_rows: rows } of metadata.row_groups) {
    const rowEnd = rowStart + Number(rows);
    const range = { rowStart, rowEnd };
    const what = `rows ${rowStart + 1} to ${rowEnd} of ${rowsTotal}`;
    const group = await whole(path, what, () =>
      parquetReadObjects({ file, metadata, compressors, utf8: false, ...range }),
    );
    for (const row of group) {
      onShare?.(++rowStart / rowsTotal);
      yield row;
    }
    rowStart = rowEnd;
  }
}

/** The first and the last bytes of each file. */
const magic = 'PAR1';

/** What most often is wrong with a file has words of its own: the reader would say `RangeError`. */
async function requireEnds(path: string): Promise<void> {
  const { size, start, end } = await endsOf(path).catch((cause: unknown) => {
    throw unreadable(path, { problem: String(cause), advice: 'Name a file.', cause });
  });
  if (size === 0) throw unreadable(path, { problem: 'it is empty.' });
  if (start !== magic)
    throw unreadable(path, {
      problem: `it does not begin with ${magic}, as all such files do.`,
      advice: 'Write it as Parquet, or end its name with what it is.',
    });
  if (size >= 2 * magic.length && end === magic) return;
  throw unreadable(path, { problem: `it is cut short: its end is missing, after ${size} bytes.` });
}

async function endsOf(path: string) {
  const { size } = await stat(path);
  const file = await open(path);
  const textAt = async (position: number): Promise<string> => {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(4), 0, 4, position);
    return buffer.toString('latin1', 0, bytesRead);
  };
  try {
    return { size, start: await textAt(0), end: await textAt(Math.max(0, size - 4)) };
  } finally {
    await file.close();
  }
}

function unreadable(
  path: string,
  found: { readonly problem: string; readonly advice?: string; readonly cause?: unknown },
): InvalidConfigError {
  const { problem, advice = 'Copy it once more, or write it anew.', cause } = found;
  const message = `${path} cannot be read as Parquet: ${problem} ${advice}`;
  return new InvalidConfigError(message, { path }, { cause });
}

/** The reader takes a file at its word: what is damaged in it fails somewhere in its midst. */
async function whole<T>(path: string, what: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const problem = `it is damaged: ${what} can not be made out (${String(cause)}).`;
    throw unreadable(path, { problem, cause });
  }
}

async function compressorsOf({ row_groups: groups }: FileMetaData): Promise<Compressors> {
  const codecs = groups.flatMap(({ columns }) => columns.map((column) => column.meta_data?.codec));
  const isOurOwn = codecs.every((codec) => codec === 'GZIP');
  return isOurOwn ? { GZIP: gunzip } : allCompressors();
}

const gunzip = (input: Uint8Array, bytes: number): Uint8Array =>
  new Uint8Array(gunzipSync(input, { maxOutputLength: Math.max(1, bytes) }));

/** Read only for the files that others wrote: a start need not wait for it. */
const allCompressors = async (): Promise<Compressors> => ({
  ...(await import('hyparquet-compressors')).compressors,
  GZIP: gunzip,
});
