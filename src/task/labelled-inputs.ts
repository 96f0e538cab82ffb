import { InvalidConfigError } from '../errors.js';
import { readParquet } from '../files/parquet-file.js';
import { kindWords } from './kind-words.js';
import { distributionOf, readLabelledImages } from './labelled-images.js';
import type { Input, TaskSpec, TensorInput, TextInput } from './task.js';
import { decodeTensors, encodeTensors } from './tensor-codec.js';
import { encodeText } from './text-codec.js';

/** An input with a label that is known from elsewhere than the student. */
export interface LabelledInput {
  readonly input: Input;
  /** Index into the task's labels. */
  readonly label: number;
  /** [classes] distribution over the labels, where the labeller gave one. */
  readonly probabilities: Float64Array | null;
}

/**
 * Reads a Parquet file of labelled inputs of any kind. Images: as `readLabelledImages`. Texts:
 * columns `text` and `label`. Tensors: columns `input` (as `tensor-codec.ts` writes) and `label`.
 * Each may have a column `probabilities` as well.
 *
 * @throws {InvalidConfigError} naming the first row that does not fit the task.
 */
export async function readLabelledInputs(
  path: string,
  { input, labels }: Pick<TaskSpec, 'input' | 'labels'>,
): Promise<readonly LabelledInput[]> {
  if (input.kind === 'image') {
    const rows = await readLabelledImages(path, { input, labels });
    return rows.map(({ image, ...rest }) => ({ input: image, ...rest }) /* Of 8 bits, as it is. */);
  }
  const rows = await readParquet(path);
  return rows.map((row, index) => {
    const fail = (problem: string): never => {
      throw new InvalidConfigError(`${path}, row ${index}: ${problem}`);
    };
    const label = labels.indexOf(String(row['label']));
    if (label === -1) fail(`label must be one of the task's labels, got ${String(row['label'])}.`);
    const read =
      input.kind === 'text' ? textOf(row['text'], input) : tensorsOf(row['input'], input);
    const probabilities = distributionOf(row['probabilities'], labels.length);
    if (typeof read === 'string') return fail(read);
    if (typeof probabilities === 'string') return fail(probabilities);
    return { input: read, label, probabilities };
  });
}

/** The input, or what is wrong with it. */
function textOf(value: unknown, { charsMax }: TextInput): Input | string {
  if (typeof value !== 'string' || value === '')
    return `text must be a text that is not empty, got ${kindWords(value)}.`;
  if (value.length > charsMax)
    return `text has ${value.length} characters, the task allows ${charsMax}.`;
  if (value.includes('\0')) return 'text must have no NUL characters.';
  return encodeText(value);
}

function tensorsOf(value: unknown, spec: TensorInput): Input | string {
  if (!(value instanceof Uint8Array)) return `input must be bytes, got ${kindWords(value)}.`;
  try {
    return encodeTensors(decodeTensors(value, spec), spec); // Equal inputs, equal bytes.
  } catch (error) {
    return `input is not the bytes of the task's tensors: ${(error as Error).message}`;
  }
}
