import { gzipSync } from 'node:zlib';
import type { StoredRow } from '../capture/capture.js';
import type { TaskSpec } from '../task/task.js';
import type { RowWriter } from './row-writer.js';
import { rowFields, type FieldType } from './row-fields.js';

/** A group is what a reader, and this writer, has in memory at a time: so many rows ... */
const groupRowsMax = 4_096;
/** ... or characters of text, whichever comes first. Its last row may exceed it. */
export const groupCharsMax = 16_777_216;

const types: Readonly<Record<FieldType, 'STRING' | 'DOUBLE' | 'INT32' | 'BOOLEAN'>> = {
  text: 'STRING',
  number: 'DOUBLE',
  integer: 'INT32',
  flag: 'BOOLEAN',
  json: 'STRING',
};

/** Writes rows as Parquet, a group at a time; what JSON has inside is a text of JSON. */
export function createParquetRows(spec: TaskSpec): RowWriter {
  let group: unknown[][] = []; // By row, then by column.
  let groupChars = 0;
  const opening = open();

  async function write(): Promise<void> {
    const { writer } = await opening;
    await writer.write({ columnData: columnsOf(group), rowGroupSize: groupRowsMax });
    group = [];
    groupChars = 0;
  }
  async function taken(): Promise<Uint8Array> {
    const { bytes } = await opening;
    const written = bytes.getBytes().slice();
    bytes.index = 0; // The writer goes on counting from there.
    return written;
  }
  return {
    start: () => new Uint8Array(0),
    async page(rows) {
      for (const row of rows) {
        const values = valuesOf(row, spec);
        group.push(values);
        groupChars += charsOf(values);
        if (group.length >= groupRowsMax || groupChars >= groupCharsMax) await write();
      }
      return taken();
    },
    async end() {
      if (group.length > 0) await write();
      const { writer } = await opening;
      await writer.finish();
      return taken();
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

const valuesOf = (row: StoredRow, spec: TaskSpec): unknown[] =>
  rowFields.map(({ type, valueOf }) => {
    const value = valueOf(row, spec);
    const isText = typeof value === 'string';
    return type === 'json' && value !== null && !isText ? JSON.stringify(value) : value;
  });

const charsOf = (values: readonly unknown[]): number =>
  values.reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 0), 0);

const columnsOf = (rows: readonly (readonly unknown[])[]) =>
  rowFields.map(({ name, type }, column) => ({
    ...{ name, type: types[type] },
    data: rows.map((values) => values[column]),
  }));
