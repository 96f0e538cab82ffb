import type { TableRow } from '../files/table-rows.js';

/** A column of a table that has few different texts in it, and those texts. */
export interface CategoryColumn {
  readonly column: string;
  readonly values: readonly string[];
}

/** More different values are hardly categories: names, places, texts. */
const valuesMax = 64;
/** Rows of a value, on average, at the least: names and texts differ from row to row. */
const rowsPerValueMin = 4;

/** Cells that say that nothing is known, in small letters. */
const unknownWords = new Set(['', 'na', 'nan', 'null', 'none', '?']);

const isUnknown = (cell: unknown): boolean =>
  cell === null ||
  cell === undefined ||
  (typeof cell === 'string' && unknownWords.has(cell.trim().toLowerCase()));

export const knownCells = (rows: readonly TableRow[], column: string): readonly unknown[] =>
  rows.map((row) => row[column]).filter((cell) => !isUnknown(cell));

/**
 * Reads a column as one of categories.
 *
 * @param rows  the first ones of a file.
 * @returns     its values in the order of the alphabet, one alone where some are unknown; null
 *              where they are too many, or all the same.
 */
export function categoryColumn(rows: readonly TableRow[], column: string): CategoryColumn | null {
  const known = knownCells(rows, column);
  if (!known.every((cell) => typeof cell === 'string')) return null;
  const values = [...new Set(known.map((cell) => cell.trim()))].sort();
  const isFew = values.length <= valuesMax && values.length * rowsPerValueMin <= known.length;
  const tells = values.length > 1 || (values.length === 1 && known.length < rows.length);
  return isFew && tells ? { column, values } : null;
}

/** Whether the cells of a column are texts most of which differ: no categories, no numbers. */
export function isOfTexts(rows: readonly TableRow[], column: string): boolean {
  const known = knownCells(rows, column);
  const different = new Set(known).size;
  const areTexts = known.every((cell) => typeof cell === 'string');
  return areTexts && (different > valuesMax || different * rowsPerValueMin > known.length);
}

/** For people: the elements that stand for a category, one for each value. */
export const elementsOf = ({ column, values }: CategoryColumn): readonly string[] =>
  values.map((value) => `${column}=${value}`);

/**
 * Creates the reader of the elements of categories: 1 for the value that a row has, 0 for all
 * others. An unknown value, or one that the first rows did not have, is 0 in all of them.
 *
 * @returns writes them into `elements` from `start` on.
 */
export function createCategoryReader(
  categories: readonly CategoryColumn[],
): (row: TableRow, elements: Float32Array, start: number) => void {
  const places = categories.map(({ column, values }) => ({
    ...{ column, count: values.length },
    placeOf: new Map(values.map((value, place) => [value, place])),
  }));
  return (row, elements, start) => {
    let at = start;
    for (const { column, count, placeOf } of places) {
      const cell = row[column];
      const place = typeof cell === 'string' ? placeOf.get(cell.trim()) : undefined;
      if (place !== undefined) elements[at + place] = 1;
      at += count;
    }
  };
}
