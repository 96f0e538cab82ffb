import { isObject } from '../files/is-object.js';
import { elementTypes } from './element-types.js';
import { flattenLists } from './flatten-lists.js';
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
    const whole = dtype === 'int64' || dtype === 'uint64' ? wholeOfCell(values[column]) : null;
    const number = whole ?? numberOfCell(values[column]);
    if (number === null) return `${column} must be a number, got ${kindWords(values[column])}.`;
    const element = elementTypes[dtype].read(number);
    if (element === undefined) return `${column} must be of ${dtype}, got ${number}.`;
    data[index] = element as number | bigint;
  }
  return { data, dims };
}

/** Elements of one tensor that are read, at most. */
const elementsMax = 1_048_576;

/**
 * Reads tensors as a prediction has them: of several an object of them by name, of one also itself;
 * lists, flat or nested.
 *
 * @returns the input, or what is wrong with it.
 */
export function inputOfLists(value: unknown, input: TensorInput): Input | string {
  const tensors: TensorValue[] = [];
  for (const spec of input.tensors) {
    const isNamed = isObject(value) && spec.name in value;
    if (!isNamed && (isObject(value) || input.tensors.length > 1))
      return `must have the tensor ${spec.name}.`;
    const elements = flattenLists([isNamed ? value[spec.name] : value], elementsMax);
    const fixed = spec.shape.reduce<number>((size, length) => size * (length ?? 1), 1);
    const open = spec.shape.filter((length) => length === null).length;
    const isWhole = open === 0 ? elements.length === fixed : elements.length % fixed === 0;
    if (open > 1 || !isWhole || elements.length === 0) {
      const count = open === 1 ? `a multiple of ${fixed}` : `${fixed}`;
      return `must have ${count} elements in ${spec.name}, got ${elements.length}.`;
    }
    const names = elements.map((_, index) => `element ${index} of ${spec.name}`);
    const cells = Object.fromEntries(names.map((name, index) => [name, elements[index]]));
    const read = tensorOf(cells, names, spec);
    if (typeof read === 'string') return `is wrong: ${read}`;
    const dims = spec.shape.map((length) => length ?? elements.length / fixed);
    tensors.push({ ...read, dims });
  }
  return encodeTensors(tensors, input);
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

/** A whole number of any size as decimal text, which a number would round; null: it is none. */
function wholeOfCell(value: unknown): string | null {
  const text = typeof value === 'bigint' ? String(value) : value;
  return typeof text === 'string' && /^\s*-?\d+\s*$/.test(text) ? text.trim() : null;
}
