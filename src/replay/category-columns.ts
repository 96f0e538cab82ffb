import type { TableRow } from '../files/table-rows.js';

/** A column of a table that has few different texts in it, and those texts. */
export interface CategoryColumn {
  readonly column: string;
  readonly values: readonly string[];
}

/** More different values are hardly categories. */
const valuesMax = 64;
/** Rows of a value, on average, at the least: names and texts differ from row to row. */
const rowsPerValueMin = 4;

/** Cells that say that nothing is known, in small letters. */
const unknownWords = new Set(['', 'na', 'nan', 'null', 'none', '?']);

export const isUnknown = (cell: unknown): boolean =>
  cell === null ||
  cell === undefined ||
  (typeof cell === 'string' && unknownWords.has(cell.trim().toLowerCase()));

/**
 * Reads a column as one of categories.
 *
 * @param rows  the first ones of a file.
 * @returns     its values in the order of the alphabet; null where they are too many, or one.
 */
export function categoryColumn(rows: readonly TableRow[], column: string): CategoryColumn | null {
  const known = rows.map((row) => row[column]).filter((cell) => !isUnknown(cell));
  if (!known.every((cell) => typeof cell === 'string')) return null;
  const values = [...new Set(known.map((cell) => cell.trim()))].sort();
  const isFew = values.length <= valuesMax && values.length * rowsPerValueMin <= known.length;
  return isFew && values.length > 1 ? { column, values } : null;
}

const nameOf = (column: string, value: string): string => `${column}=${value}`;

/** Columns of the elements that stand for a category: one for each value. */
export const elementsOf = ({ column, values }: CategoryColumn): readonly string[] =>
  values.map((value) => nameOf(column, value));

/**
 * Adds those columns to a row: 1 for the value that it has, 0 for all others. An unknown value, or
 * one that the first rows did not have, is 0 in all of them.
 */
export function withElements(row: TableRow, categories: readonly CategoryColumn[]): TableRow {
  const own = categories.flatMap(({ column, values }) => {
    const cell = row[column];
    const here = typeof cell === 'string' ? cell.trim() : null;
    return values.map((value) => [nameOf(column, value), Number(value === here)] as const);
  });
  return { ...row, ...Object.fromEntries(own) };
}
