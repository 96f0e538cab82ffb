import { InvalidConfigError } from '../errors.js';
import { bytesOf } from '../files/bytes-of.js';
import { readParquet, writeParquet } from '../files/parquet-file.js';
import { inputSizeOf, type TaskSpec } from './task.js';

/** An input with a label that is known from elsewhere than the student. */
export interface LabelledInput {
  /** 8-bit grey, [inputSize], 0 black to 255 white. */
  readonly image: Uint8Array;
  /** Index into the task's labels. */
  readonly label: number;
  /** [classes] distribution over the labels, where the labeller gave one. */
  readonly probabilities: Float64Array | null;
}

/**
 * Reads a Parquet file of labelled images: columns `image` (bytes, row by row), `label` (a label of
 * the task) and, optionally, `probabilities` (float64, little-endian, in the order of the labels).
 *
 * @throws {InvalidConfigError} naming the first row that does not fit the task.
 */
export async function readLabelledFile(
  path: string,
  spec: Pick<TaskSpec, 'input' | 'labels'>,
): Promise<readonly LabelledInput[]> {
  const rows = await readParquet(path).catch((cause: unknown) => {
    throw new InvalidConfigError(
      `${path} cannot be read as Parquet: ${String(cause)}`,
      {},
      { cause },
    );
  });
  const inputSize = inputSizeOf(spec.input);
  return rows.map(({ image, label, probabilities }, index) => {
    if (!isBytes(image, inputSize)) {
      throw new InvalidConfigError(
        `${path}, row ${index}: image must be ${inputSize} bytes, got ${kindOf(image)}.`,
      );
    }
    const labelIndex = spec.labels.indexOf(String(label));
    if (labelIndex === -1) {
      throw new InvalidConfigError(
        `${path}, row ${index}: label must be one of the task's labels, got ${String(label)}.`,
      );
    }
    const distributionBytes = spec.labels.length * Float64Array.BYTES_PER_ELEMENT;
    if (probabilities != null && !isBytes(probabilities, distributionBytes)) {
      throw new InvalidConfigError(
        `${path}, row ${index}: probabilities must be ${distributionBytes} bytes (a float64 for ` +
          `each label), got ${kindOf(probabilities)}.`,
      );
    }
    const distribution = probabilities == null ? null : float64sOf(probabilities);
    return { image, label: labelIndex, probabilities: distribution };
  });
}

/**
 * Writes rows as Parquet, in the form that `readLabelledFile` takes.
 *
 * @param rows    with probabilities for all or for none, or for some: null stands for the rest.
 * @param labels  names of the classes, in the order of the rows' label numbers.
 */
export async function writeLabelledFile(
  path: string,
  rows: readonly LabelledInput[],
  labels: readonly string[],
): Promise<void> {
  const hasProbabilities = rows.some(({ probabilities }) => probabilities !== null);
  await writeParquet(path, [
    { name: 'image', type: 'BYTE_ARRAY', data: rows.map(({ image }) => image) },
    { name: 'label', type: 'STRING', data: rows.map(({ label }) => labels[label]!) },
    ...(hasProbabilities
      ? [
          {
            name: 'probabilities',
            type: 'BYTE_ARRAY' as const,
            data: rows.map(({ probabilities }) => probabilities && bytesOf(probabilities)),
          },
        ]
      : []),
  ]);
}

/** Grey bytes to the float32 values in [0, 1] that models see. */
export function floatsOfImage(image: Uint8Array): Float32Array {
  return Float32Array.from(image, (byte) => byte / 255);
}

const float64sOf = (bytes: Uint8Array): Float64Array =>
  new Float64Array(Uint8Array.from(bytes).buffer);
const isBytes = (value: unknown, length: number): value is Uint8Array =>
  value instanceof Uint8Array && value.length === length;
const kindOf = (value: unknown): string =>
  value instanceof Uint8Array ? `${value.length} bytes` : typeof value;
