import type { Capture, StoredRow } from '../capture/capture.js';
import type { ExportFormat } from '../http/api-types-export.js';
import type { TaskSpec } from '../task/task.js';
import { createParquetRows } from './parquet-rows.js';
import { rowFields, type RowField } from './row-fields.js';

export const exportFormats: readonly ExportFormat[] = ['jsonl', 'csv', 'parquet'];

export interface ExportOptions {
  readonly spec: TaskSpec;
  readonly capture: Pick<Capture, 'readPage'>;
  readonly format: ExportFormat;
  /** Called after each page with the rows so far. */
  readonly onProgress?: (rows: number) => void;
}

/** Rows of a page: what is in memory at a time, as text of them is written. */
const pageRows = 512;

/**
 * Writes all rows of a task, oldest first, in pieces. Rows that come meanwhile may be among them.
 * Memory does not grow with the log: a page is read when the one before has been taken.
 */
export async function* exportRows(options: ExportOptions): AsyncGenerator<Uint8Array> {
  const { spec, format } = options;
  const writer = writers[format](spec);
  yield* some(writer.start());
  for await (const page of pagesOf(options)) yield* some(await writer.page(page));
  yield* some(await writer.end());
}

async function* pagesOf({
  spec,
  capture,
  onProgress,
}: ExportOptions): AsyncGenerator<readonly StoredRow[]> {
  let afterSequence = 0;
  for (let rows = 0; ;) {
    const page = await capture.readPage({ task: spec.name, afterSequence, rowsMax: pageRows });
    if (page.length === 0) return;
    yield page;
    rows += page.length;
    onProgress?.(rows);
    afterSequence = page.at(-1)!.sequence;
  }
}

function* some(bytes: Uint8Array): Generator<Uint8Array> {
  if (bytes.byteLength > 0) yield bytes;
}

/** Writes rows in one format. */
export interface RowWriter {
  start(): Uint8Array;
  page(rows: readonly StoredRow[]): Uint8Array | Promise<Uint8Array>;
  end(): Uint8Array | Promise<Uint8Array>;
}

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
