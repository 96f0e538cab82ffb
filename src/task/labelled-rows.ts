import { InvalidConfigError } from '../errors.js';
import { tableRows } from '../files/table-rows.js';
import { createImageNumbers, type ReadImageNumbers } from './image-numbers.js';
import { kindWords } from './kind-words.js';
import { knownLabelsOf, labelOfCell } from './label-of-cell.js';
import { findColumns, type LabelledColumns } from './labelled-columns.js';
import {
  imageSizeOf,
  type ImageInput,
  type Input,
  type InputSpec,
  type TextInput,
} from './task.js';
import { decodeTensors, encodeTensors } from './tensor-codec.js';
import { textOfBytes } from './text-of-bytes.js';
import { encodeText } from './text-codec.js';

export type { LabelledColumns } from './labelled-columns.js';

/** One row of a labelled file, its label as the file writes it, without blanks around it. */
export interface LabelledRowOfFile {
  readonly input: Input;
  readonly label: string;
}

export interface LabelledRowsOptions extends LabelledColumns {
  /** Labels that there may be; a row gets the one that is meant. Default: any. */
  readonly labels?: readonly string[] | null;
  /** Told of a row that can not be used: what follows it is read on. Without: it is an error. */
  readonly onUnusable?: (where: string, what: string) => void;
}

/**
 * Reads inputs with their labels from a file of rows, one row after the other. Texts are texts, or
 * their UTF-8; images are bytes (8 bits a value, [height, width, channels]), their base64, or lists
 * of numbers; tensors are bytes as `tensor-codec.ts` writes them, or their base64.
 *
 * @param input  what an input of the task is.
 * @throws {InvalidConfigError} naming the columns that are there when one is not found, or the
 *         first row that does not fit, where nobody asks for those.
 */
export async function* labelledRows(
  path: string,
  input: InputSpec,
  options: LabelledRowsOptions,
): AsyncGenerator<LabelledRowOfFile> {
  const refuse = (where: string, what: string): never => {
    throw new InvalidConfigError(`${path}, ${where}: ${what}`);
  };
  const { onUnusable } = options;
  const tell = onUnusable ?? refuse;
  const onBroken = onUnusable && ((line: number, what: string) => onUnusable(`line ${line}`, what));
  const known = options.labels && knownLabelsOf(options.labels);
  const imageNumbers = createImageNumbers();
  let names: ReturnType<typeof findColumns> | null = null;
  let row = 0;
  for await (const values of tableRows(path, onBroken)) {
    row++;
    names ??= findColumns(path, Object.keys(values), options);
    const read = inputOf(values[names.input], input, imageNumbers);
    const label = labelOfCell(values[names.label], known ?? null);
    if (typeof read === 'string') tell(`row ${row}`, `${names.input} ${read}`);
    else if (typeof label !== 'string') tell(`row ${row}`, `${names.label} ${label.problem}`);
    else yield { input: read, label };
  }
}

/** The input, or what is wrong with it. */
function inputOf(value: unknown, spec: InputSpec, imageNumbers: ReadImageNumbers): Input | string {
  if (spec.kind === 'text') return textOf(value, spec);
  const list = spec.kind === 'image' ? listIn(value) : null;
  if (list !== null && spec.kind === 'image') return imageNumbers(list, spec);
  return bytesOf(value, spec);
}

function textOf(value: unknown, { charsMax }: TextInput): Input | string {
  const text = value instanceof Uint8Array ? textOfBytes(value) : value;
  if (text === null && value !== null) return 'must be a text, got bytes that are not UTF-8.';
  if (typeof text !== 'string' || text === '')
    return `must be a text that is not empty, got ${kindWords(text)}.`;
  if (text.length > charsMax) return `has ${text.length} characters, the task allows ${charsMax}.`;
  return text.includes('\0') ? 'must have no NUL characters.' : encodeText(text);
}

/** A list, or one that a cell holds as JSON: base64 never begins so. */
function listIn(value: unknown): readonly unknown[] | null {
  if (Array.isArray(value)) return value as readonly unknown[];
  if (typeof value !== 'string' || !value.trimStart().startsWith('[')) return null;
  try {
    return JSON.parse(value) as readonly unknown[];
  } catch {
    return null;
  }
}

function bytesOf(value: unknown, spec: Exclude<InputSpec, TextInput>): Input | string {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'base64') : value;
  if (!(bytes instanceof Uint8Array)) return `must be bytes or base64, got ${kindWords(value)}.`;
  if (spec.kind === 'image') return imageOf(bytes, spec);
  try {
    return encodeTensors(decodeTensors(bytes, spec), spec); // Equal inputs, equal bytes.
  } catch (error) {
    return `is not the bytes of the task's tensors: ${(error as Error).message}`;
  }
}

function imageOf(bytes: Uint8Array, spec: ImageInput): Input | string {
  const size = imageSizeOf(spec);
  return bytes.byteLength === size ? bytes : `must be ${size} bytes, got ${bytes.byteLength}.`;
}
