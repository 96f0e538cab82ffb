import { InvalidConfigError } from '../errors.js';
import { isObject } from '../files/is-object.js';
import type { TableRow } from '../files/table-rows.js';
import { bytesOfBase64 } from './base64.js';
import { inputOfColumns, numberOfCell } from './element-cells.js';
import { hasElements, requireElements } from './element-columns.js';
import { inputOfLists } from './element-lists.js';
import type { ReadImageNumbers } from './image-numbers.js';
import { kindWords } from './kind-words.js';
import type { FoundColumns } from './labelled-columns.js';
import {
  imageSizeOf,
  type ImageInput,
  type Input,
  type InputSpec,
  type TextInput,
} from './task.js';
import { decodeTensors, encodeTensors } from './tensor-codec.js';
import { encodeText } from './text-codec.js';
import { textOfBytes } from './text-of-bytes.js';

/** What inputs are, and the reader of the images of their file. */
export interface InputsOfFile {
  readonly input: InputSpec;
  readonly imageNumbers: ReadImageNumbers;
}

/**
 * Reads the input of one row.
 *
 * @returns the input, or what is wrong with it and where.
 * @throws {InvalidConfigError} where elements stand in columns, and an input has none, or not as
 *         many.
 */
export function inputIn(
  values: TableRow,
  { input: column }: Pick<FoundColumns, 'input'>,
  about: InputsOfFile,
): Input | string {
  if (typeof column !== 'string') return inputOfElements(values, column, about);
  const read = inputOf(values[column], about);
  return typeof read === 'string' ? `${column} ${read}` : read;
}

function inputOfElements(
  values: TableRow,
  columns: readonly string[],
  { input, imageNumbers }: InputsOfFile,
): Input | string {
  if (!hasElements(input))
    throw new InvalidConfigError(
      `${columns.length} columns are named for the input, and an input of the task is a text: ` +
        'name one, or make it a tensor.',
    );
  if (input.kind === 'tensor') return inputOfColumns(values, columns, input);
  requireElements(columns, input);
  const pixels = columns.map((column) => numberOfCell(values[column]) ?? values[column]);
  const image = imageNumbers(pixels, input);
  return typeof image === 'string' ? `the pixels ${image}` : image;
}

/** The input, or what is wrong with it. */
function inputOf(value: unknown, { input, imageNumbers }: InputsOfFile): Input | string {
  if (input.kind === 'text') return textOf(value, input);
  const lists = listsIn(value);
  if (input.kind === 'image' && Array.isArray(lists)) return imageNumbers(lists, input);
  if (input.kind === 'image') return bytesOf(value, input);
  if (lists !== null) return inputOfLists(lists, input);
  if (isElement(value)) return inputOfLists(value, input);
  const bytes = bytesOf(value, input);
  const isText =
    typeof value === 'string' && input.tensors.every(({ dtype }) => dtype === 'string');
  return isText && typeof bytes === 'string' ? inputOfLists(unquoted(value), input) : bytes;
}

/** A lone number is an input of one element, and no base64. */
const isElement = (value: unknown): boolean =>
  typeof value !== 'object' && numberOfCell(value) !== null;

/** A text as JSON, which exports have, is that text. */
function unquoted(text: string): string {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === 'string' ? read : text;
  } catch {
    return text;
  }
}

function textOf(value: unknown, { charsMax }: TextInput): Input | string {
  const text = value instanceof Uint8Array ? textOfBytes(value) : value;
  if (text === null && value !== null) return 'must be a text, got bytes that are not UTF-8.';
  if (typeof text !== 'string' || text === '')
    return `must be a text that is not empty, got ${kindWords(text)}.`;
  if (text.length > charsMax) return `has ${text.length} characters, the task allows ${charsMax}.`;
  return text.includes('\0') ? 'must have no NUL characters.' : encodeText(text);
}

/** Lists, or an object of them, also as a text of JSON: base64 never begins so. */
function listsIn(value: unknown): object | null {
  if (value instanceof Uint8Array) return null;
  if (Array.isArray(value) || isObject(value)) return value;
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return null;
  try {
    const read: unknown = JSON.parse(value);
    return typeof read === 'object' ? read : null;
  } catch {
    return null;
  }
}

function bytesOf(value: unknown, spec: Exclude<InputSpec, TextInput>): Input | string {
  const bytes = typeof value === 'string' ? bytesOfBase64(standardBase64(value)) : value;
  if (typeof value === 'string' && bytes === null)
    return 'must be bytes or base64, got a text that is not base64.';
  if (!(bytes instanceof Uint8Array)) return `must be bytes or base64, got ${kindWords(value)}.`;
  if (spec.kind === 'image') return imageOf(bytes, spec);
  try {
    return encodeTensors(decodeTensors(bytes, spec), spec); // Equal inputs, equal bytes.
  } catch (error) {
    return `is not the bytes of the task's tensors: ${(error as Error).message}`;
  }
}

/** Files have base64 in lines, too, and in the alphabet of URLs. */
const standardBase64 = (text: string): string =>
  text.replace(/\s+/g, '').replaceAll('-', '+').replaceAll('_', '/');

function imageOf(bytes: Uint8Array, spec: ImageInput): Input | string {
  const size = imageSizeOf(spec);
  return bytes.byteLength === size ? bytes : `must be ${size} bytes, got ${bytes.byteLength}.`;
}
