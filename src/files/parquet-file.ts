import { readFile, writeFile } from 'node:fs/promises';
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

/** @returns one object a row; byte arrays stay bytes. */
export async function readParquet(path: string): Promise<readonly Record<string, unknown>[]> {
  const bytes = await readFile(path);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const metadata = parquetMetadata(file);
  const compressors = await compressorsOf(metadata);
  return parquetReadObjects({ file, metadata, compressors, utf8: false });
}

/** Reads a file that may be large, one row group in memory at a time; rows as `readParquet`'s. */
export async function* parquetRows(path: string): AsyncGenerator<Record<string, unknown>> {
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file);
  const compressors = await compressorsOf(metadata);
  let rowStart = 0;
  for (const { num_rows: rows } of metadata.row_groups) {
    const rowEnd = rowStart + Number(rows);
    yield* await parquetReadObjects({ file, metadata, compressors, utf8: false, rowStart, rowEnd });
    rowStart = rowEnd;
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
