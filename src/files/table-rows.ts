import { extname } from 'node:path';
import { InvalidConfigError } from '../errors.js';
import { csvRows, type CsvRecord } from './csv-rows.js';
import { isObject } from './is-object.js';
import { isOneValue, jsonArrayRows } from './json-array-rows.js';
import { parquetRows } from './parquet-rows.js';
import { utf8Text } from './utf8-text.js';

/** One row of a file: column -> value, as the file's format holds it. */
export type TableRow = Readonly<Record<string, unknown>>;

/** Told of a line that is no row; what follows it is read on. */
export type OnBroken = (line: number, what: string) => void;
/** Told of the share of a file that has been read, in [0, 1]. */
export type OnShare = (share: number) => void;
type Reader = (path: string, onBroken: OnBroken, onShare?: OnShare) => AsyncGenerator<TableRow>;

/** By the ending of a file's name. */
const readers: Readonly<Record<string, Reader>> = {
  '.csv': (path, onBroken, onShare) => separatedRows(csvRows(path, null, onShare), path, onBroken),
  '.tsv': (path, onBroken, onShare) => separatedRows(csvRows(path, '\t', onShare), path, onBroken),
  '.jsonl': jsonRows,
  '.ndjson': jsonRows,
  '.json': jsonDocumentRows,
  '.parquet': (path, _onBroken, onShare) => parquetRows(path, onShare),
};

/**
 * Reads a file of rows one after the other: CSV or TSV with a header, JSON objects one a line, or
 * Parquet, by the ending of its name. Memory does not grow with the file (Parquet: one row group;
 * a `.json` that is one array: all of it).
 *
 * @param onBroken  without it a line that is no row ends the reading.
 * @param onShare   of bytes, or of the rows of a format that tells their number; never called for
 *                  what has no size, such as a pipe.
 * @throws {InvalidConfigError} when it can not be read; where it is known, naming the line.
 */
export async function* tableRows(
  path: string,
  onBroken?: OnBroken,
  onShare?: OnShare,
): AsyncGenerator<TableRow> {
  const refuse: OnBroken = (line, what) => {
    throw new InvalidConfigError(`${path}, line ${line}: ${what}`, { line });
  };
  const reader = readers[extname(path).toLowerCase()];
  if (reader === undefined) {
    const known = Object.keys(readers).join(', ');
    throw new InvalidConfigError(`${path}: the name must end with one of ${known}.`);
  }
  try {
    yield* reader(path, onBroken ?? refuse, onShare);
  } catch (cause) {
    if (cause instanceof InvalidConfigError) throw cause;
    throw new InvalidConfigError(`${path} cannot be read: ${String(cause)}`, {}, { cause });
  }
}

async function* separatedRows(
  records: AsyncIterable<CsvRecord>,
  path: string,
  onBroken: OnBroken,
): AsyncGenerator<TableRow> {
  let header: readonly string[] | null = null;
  for await (const { line, fields, problem } of records) {
    if (header === null) header = headerOf(path, { fields, problem });
    else if (problem !== null) onBroken(line, problem);
    else if (fields.length !== header.length)
      onBroken(line, `${fields.length} fields, the header has ${header.length}.`);
    else yield rowOf(header, fields);
  }
}

/** Columns without a name are left out: spreadsheets leave such, and nobody can ask for them. */
function rowOf(header: readonly string[], fields: readonly string[]): TableRow {
  const cells = header.map((name, index): [string, string] => [name, fields[index]!]);
  return Object.fromEntries(cells.filter(([name]) => name !== ''));
}

function headerOf(
  path: string,
  { fields, problem }: Pick<CsvRecord, 'fields' | 'problem'>,
): readonly string[] {
  if (problem !== null) throw new InvalidConfigError(`${path}, the header: ${problem}`);
  const header = fields.map((name) => name.trim());
  const twice = header.find((name, index) => name !== '' && header.indexOf(name) !== index);
  if (twice === undefined) return header;
  throw new InvalidConfigError(`${path}: the header names "${twice}" twice.`);
}

/** A line that is longer is no row: characters. */
const lineCharsMax = 67_108_864;

/**
 * Lines end with a line feed, and with nothing else that a text of JSON may have in it. Of one that
 * is too long nothing is kept, and `onBroken` is told of it before its end has come.
 */
async function* linesOf(
  path: string,
  onBroken: OnBroken,
  onShare?: OnShare,
): AsyncGenerator<{ readonly line: number; readonly text: string }> {
  let begun: string[] | null = []; // Of the line whose end has not come yet; null: too long.
  let chars = 0;
  let line = 1;
  for await (const chunk of utf8Text(path, onShare))
    for (const [index, piece] of chunk.split('\n').entries()) {
      if (index > 0) {
        if (begun !== null) yield { line, text: begun.join('') };
        begun = [];
        chars = 0;
        line++;
      }
      if (begun === null) continue;
      begun.push(piece);
      chars += piece.length;
      if (chars <= lineCharsMax) continue;
      onBroken(line, `it has more than ${lineCharsMax} characters. Write one row a line.`);
      begun = null;
    }
  if (begun !== null) yield { line, text: begun.join('') };
}

async function* jsonRows(...file: Parameters<Reader>): AsyncGenerator<TableRow> {
  const [, onBroken] = file;
  for await (const { line, text } of linesOf(...file)) {
    if (text.trim() === '') continue;
    const row = parseObject(text);
    if (typeof row === 'string') onBroken(line, row);
    else yield row;
  }
}

/** Other programs end files of JSON lines so, too. */
async function* jsonDocumentRows(...file: Parameters<Reader>): AsyncGenerator<TableRow> {
  yield* (await isOneValue(file[0])) ? jsonArrayRows(...file) : jsonRows(...file);
}

/** The row, or why there is none. */
function parseObject(text: string): TableRow | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    return `it is not JSON: ${String(cause)}`;
  }
  return isObject(value) ? value : 'it must be a JSON object.';
}
