import { InvalidConfigError } from '../errors.js';
import { bytesOf } from '../files/bytes-of.js';
import { readParquet, writeParquet } from '../files/parquet-file.js';
import { imageSizeOf, type ImageInput, type TaskSpec } from './task.js';

/** An image as files hold it, with a label that is known from elsewhere than the student. */
export interface LabelledImage {
  /** 8 bits a value, [height, width, channels], 0 black to 255 white. */
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
export async function readLabelledImages(
  path: string,
  spec: { readonly input: ImageInput; readonly labels: TaskSpec['labels'] },
): Promise<readonly LabelledImage[]> {
  const rows = await readParquet(path);
  const inputSize = imageSizeOf(spec.input);
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
    const distribution = distributionOf(probabilities, spec.labels.length);
    if (typeof distribution === 'string')
      throw new InvalidConfigError(`${path}, row ${index}: ${distribution}`);
    return { image, label: labelIndex, probabilities: distribution };
  });
}

/**
 * Writes rows as Parquet, in the form that `readLabelledImages` takes.
 *
 * @param rows    with probabilities for all or for none, or for some: null stands for the rest.
 * @param labels  names of the classes, in the order of the rows' label numbers.
 */
export async function writeLabelledImages(
  path: string,
  rows: readonly LabelledImage[],
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

/** Bytes to the float32 values in [0, 1] that an input holds. */
export function floatsOfImage(image: Uint8Array): Float32Array {
  return Float32Array.from(image, (byte) => byte / 255);
}

/** The column `probabilities` of a row, null where it has none, or what is wrong with it. */
export function distributionOf(value: unknown, classCount: number): Float64Array | null | string {
  if (value === null || value === undefined) return null;
  const bytes = classCount * Float64Array.BYTES_PER_ELEMENT;
  if (isBytes(value, bytes)) return new Float64Array(Uint8Array.from(value).buffer);
  return `probabilities must be ${bytes} bytes (a float64 for each label), got ${kindOf(value)}.`;
}

const isBytes = (value: unknown, length: number): value is Uint8Array =>
  value instanceof Uint8Array && value.length === length;
const kindOf = (value: unknown): string =>
  value instanceof Uint8Array ? `${value.length} bytes` : typeof value;
