import { tableRows, type TableRow } from '../files/table-rows.js';
import { findLabelColumn, mayBeInput, type LabelledColumns } from '../task/labelled-columns.js';
import { numberOfCell } from '../task/element-cells.js';
import type { InputSpec } from '../task/task.js';
import { namesWords } from './file-notes.js';

/** What an input is, of a file that comes without a task. */
export interface OwnInput extends Pick<LabelledColumns, 'inputColumn'> {
  readonly input: InputSpec;
  /** For people: which columns are no part of it; none for texts. */
  readonly notes: readonly string[];
}

/** The longest text that a task may allow. */
const anyText: InputSpec = { kind: 'text', charsMax: 100_000 };
/** Rows that are looked at. */
const rowsMax = 200;
/** Names of columns, in small letters, that tell rows from each other and nothing of them. */
const counters = new Set(['', 'id', 'index', 'row', 'unnamed: 0']);

/**
 * Looks into a file: where a column is named, or has one of the usual names, inputs are texts.
 * Otherwise all columns of numbers but the label's, or those that are named, are the elements of
 * one tensor.
 *
 * @throws {InvalidConfigError} when it can not be read, or has no known column of labels.
 */
export async function ownInputOf(file: string, named: LabelledColumns): Promise<OwnInput> {
  const { inputColumn, labelColumn } = named;
  const rows = await firstRows(file);
  const there = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const texts: OwnInput = { input: anyText, inputColumn, notes: [] };
  if (inputColumn !== null) {
    const isOne = typeof inputColumn === 'string' && there.includes(inputColumn);
    const names = isOne || typeof inputColumn !== 'string' ? [] : inputColumn.split(',');
    return names.length < 2 ? texts : { ...texts, input: features(names.length) };
  }
  const areNumbers = there.filter((column) => isOfNumbers(rows, column));
  if (mayBeInput(there.filter((column) => column === 'text' || !areNumbers.includes(column))))
    return texts;
  if (areNumbers.length === 0) return texts; // Its reader says what is missing.
  const label = findLabelColumn(file, there, labelColumn);
  const rest = there.filter((column) => column !== label);
  const taken = rest.filter(
    (column) => areNumbers.includes(column) && !counters.has(column.toLowerCase()),
  );
  if (taken.length === 0) return texts;
  const others = rest.filter((column) => !taken.includes(column));
  return {
    input: features(taken.length),
    inputColumn: taken,
    notes:
      others.length === 0
        ? []
        : [
            `not used: ${namesWords(others)} (no numbers, or counters): --input-column a,b names ` +
              'others',
          ],
  };
}

const features = (count: number): InputSpec => ({
  kind: 'tensor',
  tensors: [{ name: 'features', dtype: 'float32', shape: [count] }],
});

async function firstRows(file: string): Promise<readonly TableRow[]> {
  const rows: TableRow[] = [];
  for await (const row of tableRows(file, () => {})) if (rows.push(row) === rowsMax) break;
  return rows;
}

/** A few other cells are errors of a table: their rows are left out, and named. */
const numbersShareMin = 0.9;
const unknown = new Set(['', 'na', 'nan', 'null', 'none', '?']);

function isOfNumbers(rows: readonly TableRow[], column: string): boolean {
  const isUnknown = (cell: unknown): boolean =>
    cell === null ||
    cell === undefined ||
    (typeof cell === 'string' && unknown.has(cell.trim().toLowerCase()));
  const known = rows.map((row) => row[column]).filter((cell) => !isUnknown(cell));
  const numbers = known.filter((cell) => numberOfCell(cell) !== null);
  return numbers.length > 0 && numbers.length >= numbersShareMin * known.length;
}
