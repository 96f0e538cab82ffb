import type { StoredRow } from '../capture/capture.js';
import type { ExportFormat } from '../http/api-types-export.js';
import type { TaskSpec } from '../task/task.js';
import { createParquetRows } from './parquet-rows.js';
import { rowFields, type RowField } from './row-fields.js';

/** Writes rows in one format, in pieces; a piece may be empty. */
export interface RowWriter {
  start(): Uint8Array;
  page(rows: readonly StoredRow[]): Uint8Array | Promise<Uint8Array>;
  end(): Uint8Array | Promise<Uint8Array>;
}

export const createRowWriter = (format: ExportFormat, spec: TaskSpec): RowWriter =>
  writers[format](spec);

const nothing = new Uint8Array(0);
const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'utf8');

const writers: Readonly<Record<ExportFormat, (spec: TaskSpec) => RowWriter>> = {
  jsonl: (spec) => ({
    start: () => nothing,
    page: (rows) => bytesOf(rows.map((row) => `${JSON.stringify(objectOf(row, spec))}\n`).join('')),
    end: () => nothing,
  }),
  csv: (spec) => ({
    start: () => bytesOf(`${rowFields.map(({ name }) => name).join(',')}\r\n`),
    page: (rows) => bytesOf(rows.map((row) => csvLineOf(row, spec)).join('')),
    end: () => nothing,
  }),
  parquet: createParquetRows,
};

const objectOf = (row: StoredRow, spec: TaskSpec): Readonly<Record<string, unknown>> =>
  Object.fromEntries(rowFields.map(({ name, valueOf }) => [name, valueOf(row, spec)]));

const csvLineOf = (row: StoredRow, spec: TaskSpec): string =>
  `${rowFields.map((one) => csvCell(one, row, spec)).join(',')}\r\n`;

/** As RFC 4180 says; nothing where there is no value. A text that is JSON keeps its quotes. */
function csvCell({ valueOf }: RowField, row: StoredRow, spec: TaskSpec): string {
  const value = valueOf(row, spec);
  if (value === null) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const isPlain = text !== '' && !/[",\r\n]/.test(text);
  return isPlain ? text : `"${text.replaceAll('"', '""')}"`;
}
