import type { Dtype } from './dtype.js';
import { elementTypes } from './element-types.js';
import { kindWords } from './kind-words.js';
import { requireElements } from './element-columns.js';
import type { Input, TensorInput, TensorSpec } from './task.js';
import { encodeTensors, type TensorValue } from './tensor-codec.js';
import { typedArrays } from './typed-arrays.js';

/**
 * Reads tensors from such columns of one row.
 *
 * @returns the input, or which cell is wrong.
 * @throws {InvalidConfigError} when the columns are not as many as the input has elements.
 */
export function inputOfColumns(
  values: Readonly<Record<string, unknown>>,
  columns: readonly string[],
  input: TensorInput,
): Input | string {
  requireElements(columns, input);
  const names = input.tensors.map(({ name }) => name);
  const isByName = names.length > 1 && names.every((name) => columns.includes(name));
  const ordered = isByName ? names : columns;
  const parts = names.length === 1 ? [ordered] : ordered.map((column) => [column]);
  const tensors: TensorValue[] = [];
  for (const [index, spec] of input.tensors.entries()) {
    const value = tensorOf(values, parts[index]!, spec);
    if (typeof value === 'string') return value;
    tensors.push(value);
  }
  return encodeTensors(tensors, input);
}

function tensorOf(
  values: Readonly<Record<string, unknown>>,
  columns: readonly string[],
  { dtype, shape }: TensorSpec,
): TensorValue | string {
  const dims = shape.map((length) => length ?? columns.length);
  if (dtype === 'string') {
    const wrong = columns.find((column) => typeof values[column] !== 'string');
    if (wrong !== undefined) return `${wrong} must be a text, got ${kindWords(values[wrong])}.`;
    return { data: columns.map((column) => values[column] as string), dims };
  }
  const data = new typedArrays[dtype](columns.length);
  for (const [index, column] of columns.entries()) {
    const element = numberInCell(values, column, dtype);
    if (typeof element === 'string') return element;
    data[index] = element;
  }
  return { data, dims };
}

/** @returns an element of the type, float16 as its bits; or what is wrong with the cell. */
export function numberInCell(
  values: Readonly<Record<string, unknown>>,
  column: string,
  dtype: Exclude<Dtype, 'string'>,
): number | bigint | string {
  const number = plainNumberOf(values[column], dtype);
  if (number === null) return `${column} must be a number, got ${kindWords(values[column])}.`;
  const element = elementTypes[dtype].read(number);
  if (element === undefined) return `${column} must be of ${dtype}, got ${number}.`;
  return element;
}

/**
 * A number of a table as a prediction has it: of 64 bits as decimal text, which a number would
 * round.
 *
 * @returns null for what is no finite number.
 */
export function plainNumberOf(value: unknown, dtype: Dtype): number | string | null {
  const whole = dtype === 'int64' || dtype === 'uint64' ? wholeOfCell(value) : null;
  return whole ?? numberOfCell(value);
}

/** @returns null for what is no finite number: an empty cell, `NA`. */
export function numberOfCell(value: unknown): number | null {
  if (typeof value === 'boolean' || typeof value === 'bigint') return Number(value);
  const text = typeof value === 'string' ? value.trim() : '';
  const number = text === '' ? value : (truths.get(text.toLowerCase()) ?? Number(text));
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

const truths: ReadonlyMap<string, number> = new Map([
  ['false', 0],
  ['true', 1],
]);

/** A whole number of any size as decimal text; null: it is none. */
function wholeOfCell(value: unknown): string | null {
  const text = typeof value === 'bigint' ? String(value) : value;
  return typeof text === 'string' && /^\s*-?\d+\s*$/.test(text) ? text.trim() : null;
}
