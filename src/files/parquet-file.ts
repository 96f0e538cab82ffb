import { readFile, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { parquetWriteBuffer, type BasicType, type ColumnSource } from 'hyparquet-writer';

export interface ParquetColumn {
  readonly name: string;
  readonly type: BasicType;
  readonly data: ColumnSource['data'];
}

/** Rows are compressed together: images of one kind shrink to a fifth. */
export async function writeParquet(path: string, columns: readonly ParquetColumn[]): Promise<void> {
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
  return parquetReadObjects({ file, compressors, utf8: false });
}
