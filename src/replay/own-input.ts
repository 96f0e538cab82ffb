import { tableRows, type TableRow } from '../files/table-rows.js';
import { findLabelColumn, mayBeInput, type LabelledColumns } from '../task/labelled-columns.js';
import { numberInCell, numberOfCell } from '../task/element-cells.js';
import { encodeTensors } from '../task/tensor-codec.js';
import type { Input, InputSpec, TensorInput } from '../task/task.js';
import {
  categoryColumn,
  createCategoryReader,
  elementsOf,
  isOfTexts,
  knownCells,
  type CategoryColumn,
} from './category-columns.js';
import { namesWords } from './file-notes.js';

/** What an input is, of a file that comes without a task. */
export interface OwnInput extends Pick<LabelledColumns, 'inputColumn'> {
  readonly input: InputSpec;
  /** Reads it where it has categories, or says what is wrong with it; null: there are none. */
  readonly readInput: ((row: TableRow) => Input | string) | null;
  /** For people: which columns are no part of it; none for texts. */
  readonly notes: readonly string[];
}

/** The longest text that a task may allow. */
const anyText: InputSpec = { kind: 'text', charsMax: 100_000 };
/** Rows that are looked at: a value of a category that none of them has is unknown. */
const rowsMax = 2000;
/** Columns of categories beyond so many elements are left out. */
const elementsMax = 4096;
/** Names of columns, in small letters, that tell rows from each other and nothing of them. */
const counters = new Set(['', 'id', 'index', 'row', 'unnamed: 0']);

/**
 * Looks into a file: where a column is named, or has one of the usual names, inputs are texts.
 * Otherwise all columns of numbers or categories but the label's, or those of numbers that are
 * named, are the elements of one tensor; a category is an element for each of its values.
 *
 * @throws {InvalidConfigError} when it can not be read, or has no known column of labels.
 */
export async function ownInputOf(file: string, named: LabelledColumns): Promise<OwnInput> {
  const { inputColumn, labelColumn } = named;
  const rows = await firstRows(file);
  const there = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const texts: OwnInput = { input: anyText, inputColumn, readInput: null, notes: [] };
  if (inputColumn !== null) {
    const isOne = typeof inputColumn === 'string' && there.includes(inputColumn);
    const names = isOne || typeof inputColumn !== 'string' ? [] : inputColumn.split(',');
    return names.length < 2 ? texts : { ...texts, input: features(names.length) };
  }
  const areNumbers = there.filter((column) => isOfNumbers(rows, column));
  if (mayBeInput(there.filter((column) => column === 'text' || !areNumbers.includes(column))))
    return texts;
  const useful = there.filter((column) => !counters.has(column.toLowerCase()));
  const areCategories = useful.flatMap((column) => categoryColumn(rows, column) ?? []);
  if (areNumbers.length + areCategories.length === 0) return texts; // Its reader says why.
  const label = findLabelColumn(file, there, labelColumn);
  const rest = useful.filter((column) => column !== label);
  const numbers = rest.filter((column) => areNumbers.includes(column));
  const categories = upToElements(
    areCategories.filter(({ column }) => column !== label && !numbers.includes(column)),
  );
  const taken = [...numbers, ...categories.flatMap(elementsOf)];
  // Texts under a name that nobody knows: their reader says so.
  if (numbers.length === 0 && rest.some((column) => isOfTexts(rows, column))) return texts;
  if (taken.length === 0) return texts;
  const input = features(taken.length);
  return {
    input,
    inputColumn: taken,
    readInput: categories.length === 0 ? null : createReader(input, numbers, categories),
    notes: notesOf(there, { label, numbers, categories }),
  };
}

function upToElements(categories: readonly CategoryColumn[]): readonly CategoryColumn[] {
  let elements = 0;
  return categories.filter(({ values }) => (elements += values.length) <= elementsMax);
}

function createReader(
  input: TensorInput,
  numbers: readonly string[],
  categories: readonly CategoryColumn[],
): (row: TableRow) => Input | string {
  const readCategories = createCategoryReader(categories);
  const [{ shape }] = input.tensors as [TensorInput['tensors'][number]];
  const dims = shape as readonly number[];
  return (row) => {
    const data = new Float32Array(dims[0]!);
    for (const [index, column] of numbers.entries()) {
      const element = numberInCell(row, column, 'float32');
      if (typeof element === 'string') return element;
      data[index] = Number(element);
    }
    readCategories(row, data, numbers.length);
    return encodeTensors([{ data, dims }], input);
  };
}

function notesOf(
  there: readonly string[],
  taken: {
    readonly label: string;
    readonly numbers: readonly string[];
    readonly categories: readonly CategoryColumn[];
  },
): readonly string[] {
  const { label, numbers, categories } = taken;
  const used = new Set([label, ...numbers, ...categories.map(({ column }) => column)]);
  const others = there.filter((column) => !used.has(column));
  const values = categories.map(({ column, values: own }) => `${column} (${own.length})`);
  return [
    ...(values.length === 0
      ? []
      : [`categories: ${namesWords(values)}, an element for each value: 1 or 0`]),
    ...(others.length === 0
      ? []
      : [`not used: ${namesWords(others)} (no numbers or categories, or counters)`]),
  ];
}

const features = (count: number): TensorInput => ({
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

function isOfNumbers(rows: readonly TableRow[], column: string): boolean {
  const known = knownCells(rows, column);
  const numbers = known.filter((cell) => numberOfCell(cell) !== null);
  return numbers.length > 0 && numbers.length >= numbersShareMin * known.length;
}
