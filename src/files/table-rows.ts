import { extname } from 'node:path';
import { InvalidConfigError } from '../errors.js';
import { csvRows } from './csv-rows.js';
import { parquetRows } from './parquet-file.js';
import { utf8Text } from './utf8-text.js';

/** One row of a file: column -> value, as the file's format holds it. */
export type TableRow = Readonly<Record<string, unknown>>;

/** By the ending of a file's name. */
const readers: Readonly<Record<string, (path: string) => AsyncGenerator<TableRow>>> = {
  '.csv': (path) => separatedRows(path, ','),
  '.tsv': (path) => separatedRows(path, '\t'),
  '.jsonl': jsonRows,
  '.ndjson': jsonRows,
  '.parquet': parquetRows,
};

/**
 * Reads a file of rows one after the other: CSV or TSV with a header, JSON objects one a line, or
 * Parquet, by the ending of its name. Memory does not grow with the file (Parquet: one row group).
 *
 * @throws {InvalidConfigError} when it can not be read; where it is known, naming the line.
 */
export async function* tableRows(path: string): AsyncGenerator<TableRow> {
  const reader = readers[extname(path).toLowerCase()];
  if (reader === undefined) {
    const known = Object.keys(readers).join(', ');
    throw new InvalidConfigError(`${path}: the name must end with one of ${known}.`);
  }
  try {
    yield* reader(path);
  } catch (cause) {
    if (cause instanceof InvalidConfigError) throw cause;
    throw new InvalidConfigError(`${path} cannot be read: ${String(cause)}`, {}, { cause });
  }
}

async function* separatedRows(path: string, separator: ',' | '\t'): AsyncGenerator<TableRow> {
  let header: readonly string[] | null = null;
  let row = 0;
  for await (const fields of csvRows(path, separator)) {
    if (header === null) {
      header = fields.map((name) => name.trim());
      const twice = header.find((name, index) => header!.indexOf(name) !== index);
      if (twice !== undefined)
        throw new InvalidConfigError(`${path}: the header names "${twice}" twice.`);
      continue;
    }
    row++;
    if (fields.length !== header.length)
      throw new InvalidConfigError(
        `${path}, row ${row}: ${fields.length} fields, the header has ${header.length}.`,
        { row },
      );
    yield Object.fromEntries(header.map((name, index) => [name, fields[index]!]));
  }
}

/** A line that is longer is no row: characters. */
const lineCharsMax = 67_108_864;

/** Lines end with a line feed, and with nothing else that a text of JSON may have in it. */
async function* linesOf(path: string): AsyncGenerator<string> {
  let begun: string[] = []; // Of the line whose end has not come yet.
  let chars = 0;
  let line = 1;
  for await (const chunk of utf8Text(path)) {
    const [first, ...rest] = chunk.split('\n') as [string, ...string[]];
    begun.push(first);
    chars += first.length;
    if (rest.length > 0) {
      const last = rest.pop()!;
      yield begun.join('');
      yield* rest;
      line += rest.length + 1;
      begun = [last];
      chars = last.length;
    }
    if (chars > lineCharsMax)
      throw new InvalidConfigError(
        `${path}, line ${line}: it has more than ${lineCharsMax} characters. A file of JSON has ` +
          'one row a line.',
        { line },
      );
  }
  yield begun.join('');
}

async function* jsonRows(path: string): AsyncGenerator<TableRow> {
  let line = 0;
  for await (const raw of linesOf(path)) {
    line++;
    const text = line === 1 ? raw.replace(/^\uFEFF/, '') : raw;
    if (text.trim() === '') continue;
    yield parseObject(text, `${path}, line ${line}`);
  }
}

function parseObject(text: string, where: string): TableRow {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InvalidConfigError(`${where} is not JSON: ${String(cause)}`, {}, { cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as TableRow;
  throw new InvalidConfigError(`${where} must be a JSON object.`);
}
