import { InvalidConfigError } from '../errors.js';
import { isObject } from '../files/is-object.js';
import { flattenLists } from './flatten-lists.js';
import { float16BitsOf } from './float16.js';
import { kindWords } from './kind-words.js';
import {
  imageSizeOf,
  type ImageInput,
  type Input,
  type InputSpec,
  type TensorInput,
  type TensorSpec,
} from './task.js';
import { encodeTensors, sizeOf, type TensorValue } from './tensor-codec.js';
import { typedArrays, type NumericDtype } from './typed-arrays.js';

/** Inputs that a table may hold element by element. */
export type ElementsInput = TensorInput | ImageInput;

export const hasElements = (input: InputSpec): input is ElementsInput => input.kind !== 'text';

/**
 * Finds the columns of a table whose cells are the elements of a task's input: of an image or a
 * single tensor as many as it has elements, in their order; of several tensors, one for each, by
 * its name.
 *
 * @param there  columns that may be part of the input, in the order of the file.
 * @returns      null where they do not go with the input.
 */
export function elementColumns(
  there: readonly string[],
  input: ElementsInput,
): readonly string[] | null {
  if (input.kind === 'image') return imageSizeOf(input) === there.length ? there : null;
  const { tensors } = input;
  const isEach = tensors.every(
    ({ name, shape }) => there.includes(name) && elementsOf(shape) === 1,
  );
  if (isEach) return tensors.map(({ name }) => name);
  const [only] = tensors as [TensorSpec];
  const isWhole = only.dtype !== 'string' && elementsOf(only.shape) === there.length;
  return isWhole && tensors.length === 1 ? there : null;
}

/** Named ones: of a tensor of one open axis they may be any number. */
function goWith(columns: readonly string[], input: ElementsInput): boolean {
  if (input.kind === 'image') return imageSizeOf(input) === columns.length;
  const { tensors } = input;
  if (tensors.length > 1)
    return (
      tensors.length === columns.length && tensors.every(({ shape }) => elementsOf(shape) === 1)
    );
  const [only] = tensors as [TensorSpec];
  const isOfStrings = only.dtype === 'string' && columns.length > 1;
  return !isOfStrings && (isOneOpenAxis(only) || elementsOf(only.shape) === columns.length);
}

/** For people: which columns such an input can be made of. */
export function elementColumnsWords(input: ElementsInput): string {
  if (input.kind === 'image') return `${imageSizeOf(input)} columns of the pixels, in their order`;
  const { tensors } = input;
  if (tensors.length > 1)
    return `a column for each of ${tensors.map(({ name }) => name).join(', ')}`;
  const [{ name, shape }] = tensors as [TensorSpec];
  const count = isOneOpenAxis({ shape }) ? 'a column' : `${elementsOf(shape)} columns`;
  return `${count} of the elements of ${name}, in their order`;
}

/** @throws {InvalidConfigError} when columns that are named are not as many as the elements. */
export function requireElements(columns: readonly string[], input: ElementsInput): void {
  if (goWith(columns, input)) return;
  throw new InvalidConfigError(
    `${columns.length} columns are named for the input, which is made of ` +
      `${elementColumnsWords(input)}.`,
  );
}

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
    const whole = isOf64Bits(dtype) ? wholeOfCell(values[column]) : null;
    const number = whole ?? numberOfCell(values[column]);
    if (number === null) return `${column} must be a number, got ${kindWords(values[column])}.`;
    const element = elementOf(number, dtype);
    if (element === null) return `${column} must be of ${dtype}, got ${number}.`;
    data[index] = element;
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

const isOf64Bits = (dtype: NumericDtype): dtype is 'int64' | 'uint64' =>
  dtype === 'int64' || dtype === 'uint64';

/** Whole numbers of any size, which a number would round. */
function wholeOfCell(value: unknown): bigint | null {
  if (typeof value === 'bigint') return value;
  return typeof value === 'string' && /^\s*-?\d+\s*$/.test(value) ? BigInt(value) : null;
}

/** The element as a typed array holds it; null where it would be another number there. */
function elementOf(value: number | bigint, dtype: NumericDtype): number | bigint | null {
  if (isOf64Bits(dtype)) {
    if (typeof value === 'number' && !Number.isSafeInteger(value)) return null;
    const whole = BigInt(value);
    const stored = dtype === 'int64' ? BigInt.asIntN(64, whole) : BigInt.asUintN(64, whole);
    return stored === whole ? whole : null;
  }
  const number = Number(value);
  if (dtype === 'float16') {
    const bits = float16BitsOf(number);
    return (bits & 0x7c00) === 0x7c00 ? null : bits;
  }
  if (dtype === 'float64') return number;
  if (dtype === 'float32') return Number.isFinite(Math.fround(number)) ? number : null;
  if (dtype === 'bool') return number === 0 || number === 1 ? number : null;
  const stored = new typedArrays[dtype](1);
  stored[0] = number;
  return stored[0] === number ? number : null;
}

const elementsOf = (shape: TensorSpec['shape']): number | null =>
  shape.includes(null) ? null : sizeOf(shape as readonly number[]);
const isOneOpenAxis = ({ shape }: Pick<TensorSpec, 'shape'>): boolean =>
  shape.length === 1 && shape[0] === null;
