import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import type { BasicType, ColumnSource } from 'hyparquet-writer';
import { writeWhole } from './atomic-file.js';
import { parquetCompressorsOf } from './parquet-compressors.js';
import { requireParquetEnds, wholeParquet } from './parquet-damage.js';
import { listOfColumns } from './parquet-pages.js';

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
  await writeWhole(path, new Uint8Array(buffer));
}

/**
 * Reads a whole file of the task's own. Those that people bring are read by `parquetRows`: of a
 * damaged one this may never come to an end.
 *
 * @returns one object a row; byte arrays stay bytes.
 * @throws {InvalidConfigError} when it is cut short, damaged, or no Parquet file.
 */
export async function readParquet(path: string): Promise<readonly Record<string, unknown>[]> {
  await requireParquetEnds(path);
  const bytes = await readFile(path);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const metadata = await wholeParquet(path, listOfColumns.what, () => parquetMetadata(file));
  const compressors = await parquetCompressorsOf(metadata);
  return wholeParquet(path, 'its rows', () =>
    parquetReadObjects({ file, metadata, compressors, utf8: false }),
  );
}
