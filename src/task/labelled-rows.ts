import { InvalidConfigError } from '../errors.js';
import { tableRows, type TableRow } from '../files/table-rows.js';
import { kindWords } from './kind-words.js';
import {
  imageSizeOf,
  type ImageInput,
  type Input,
  type InputSpec,
  type TextInput,
} from './task.js';
import { decodeTensors, encodeTensors } from './tensor-codec.js';
import { encodeText } from './text-codec.js';

/** One row of a labelled file, its label as the file writes it. */
export interface LabelledRowOfFile {
  readonly input: Input;
  readonly label: string;
}

/** Columns of a labelled file; null: found by their usual names. */
export interface LabelledColumns {
  readonly inputColumn: string | null;
  readonly labelColumn: string | null;
}

const usualInputColumns = ['text', 'input', 'image', 'sentence', 'utterance', 'query', 'question'];
const usualLabelColumns = ['label', 'category', 'intent', 'class', 'target'];

/**
 * Reads inputs with their labels from a CSV, TSV, JSONL or Parquet file, one row after the other.
 * Texts are texts; images are bytes (8 bits a value, [height, width, channels]) or their base64;
 * tensors are bytes as `tensor-codec.ts` writes them, or their base64.
 *
 * @param input  what an input of the task is.
 * @throws {InvalidConfigError} naming the columns that are there when one is not found, or the
 *         first row that does not fit.
 */
export async function* labelledRows(
  path: string,
  input: InputSpec,
  columns: LabelledColumns,
): AsyncGenerator<LabelledRowOfFile> {
  let names: { input: string; label: string } | null = null;
  let row = 0;
  for await (const values of tableRows(path)) {
    names ??= {
      input: columnOf(path, values, { what: 'input', ...wanted(columns, 'input') }),
      label: columnOf(path, values, { what: 'label', ...wanted(columns, 'label') }),
    };
    const where = `${path}, row ${++row}`;
    yield {
      input: inputOf(values[names.input], input, `${where}: ${names.input}`),
      label: labelOf(values[names.label], `${where}: ${names.label}`),
    };
  }
}

const wanted = ({ inputColumn, labelColumn }: LabelledColumns, what: 'input' | 'label') =>
  what === 'input'
    ? { named: inputColumn, usual: usualInputColumns }
    : { named: labelColumn, usual: usualLabelColumns };

function columnOf(
  path: string,
  row: TableRow,
  { what, named, usual }: { what: string; named: string | null; usual: readonly string[] },
): string {
  const there = Object.keys(row);
  if (named !== null && there.includes(named)) return named;
  const found = usual.find((name) => there.includes(name));
  if (named === null && found !== undefined) return found;
  const problem = named === null ? `no column for the ${what}` : `no column "${named}"`;
  const advice = `name the one of the ${what}: inputColumn or labelColumn in a task file,`;
  throw new InvalidConfigError(
    `${path} has ${problem}. Columns: ${there.join(', ')}; ${advice} --${what}-column in a ` +
      'command.',
    { columns: there.join(', ') },
  );
}

function labelOf(value: unknown, where: string): string {
  const isNamed = ['string', 'number', 'bigint', 'boolean'].includes(typeof value);
  const label = isNamed ? String(value) : '';
  if (label !== '') return label;
  throw new InvalidConfigError(`${where} must be a label, got ${kindWords(value)}.`);
}

function inputOf(value: unknown, spec: InputSpec, where: string): Input {
  const read = spec.kind === 'text' ? textOf(value, spec) : bytesOf(value, spec);
  if (typeof read !== 'string') return read;
  throw new InvalidConfigError(`${where} ${read}`);
}

/** The input, or what is wrong with it. */
function textOf(value: unknown, { charsMax }: TextInput): Input | string {
  if (typeof value !== 'string' || value === '')
    return `must be a text that is not empty, got ${kindWords(value)}.`;
  if (value.length > charsMax)
    return `has ${value.length} characters, the task allows ${charsMax}.`;
  return value.includes('\0') ? 'must have no NUL characters.' : encodeText(value);
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
