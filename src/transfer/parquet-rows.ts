import { gzipSync } from 'node:zlib';
import type { StoredRow } from '../capture/capture.js';
import type { TaskSpec } from '../task/task.js';
import type { RowWriter } from './export-rows.js';
import { rowFields, type FieldType } from './row-fields.js';

/** Rows of a group: what a reader, and this writer, has in memory at a time. */
const groupRows = 4_096;

const types: Readonly<Record<FieldType, 'STRING' | 'DOUBLE' | 'INT32' | 'BOOLEAN'>> = {
  text: 'STRING',
  number: 'DOUBLE',
  integer: 'INT32',
  flag: 'BOOLEAN',
  json: 'STRING',
};

/** Writes rows as Parquet, a group at a time; what JSON has inside is a text of JSON. */
export function createParquetRows(spec: TaskSpec): RowWriter {
  let waiting: StoredRow[] = [];
  const opening = open();

  async function take(): Promise<Uint8Array> {
    const { writer, bytes } = await opening;
    if (waiting.length > 0)
      await writer.write({ columnData: columnsOf(waiting, spec), rowGroupSize: groupRows * 2 });
    waiting = [];
    return taken(bytes);
  }
  return {
    start: () => new Uint8Array(0),
    async page(rows) {
      waiting.push(...rows);
      return waiting.length < groupRows ? new Uint8Array(0) : take();
    },
    async end() {
      const last = await take();
      const { writer, bytes } = await opening;
      await writer.finish();
      return Buffer.concat([last, taken(bytes)]);
    },
  };
}

async function open() {
  const { ByteWriter, ParquetWriter, schemaFromColumnData } = await import('hyparquet-writer');
  const bytes = new ByteWriter();
  const columnData = rowFields.map(({ name, type }) => ({
    name,
    type: types[type],
    nullable: true,
    data: [],
  }));
  const writer = new ParquetWriter({
    writer: bytes,
    schema: schemaFromColumnData({ columnData }),
    codec: 'GZIP',
    compressors: { GZIP: (raw) => gzipSync(raw) },
    statistics: false,
  });
  return { writer, bytes };
}

/** What has been written since it was last taken; the writer goes on counting from there. */
function taken(bytes: { index: number; getBytes(): Uint8Array }): Uint8Array {
  const written = bytes.getBytes().slice();
  bytes.index = 0;
  return written;
}

const columnsOf = (rows: readonly StoredRow[], spec: TaskSpec) =>
  rowFields.map(({ name, type, valueOf }) => ({
    name,
    type: types[type],
    data: rows.map((row) => {
      const value = valueOf(row, spec);
      const isText = typeof value === 'string';
      return type === 'json' && value !== null && !isText ? JSON.stringify(value) : value;
    }),
  }));
