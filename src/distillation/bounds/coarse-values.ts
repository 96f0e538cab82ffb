import { decodeImage } from '../../task/image-codec.js';
import type { ImageInput, Input, TensorInput } from '../../task/task.js';
import { decodeTensors } from '../../task/tensor-codec.js';
import { fnv1a } from '../../preprocess/ngram-hashes.js';
import { encodeText } from '../../task/text-codec.js';

/** Cells of a thumbnail along each side at most. */
const sideMax = 14;
/** Numbers that stand for the tensors of an input at most. */
const valuesMax = 256;
/** A few hundred such numbers have a sum in float32. */
const valueMax = 1e36;

/** @returns the means of an image's cells, at most 14 x 14 of them, all channels together. */
export function coarseImage(input: Input, spec: ImageInput): Float32Array {
  const { width, height, channels } = spec;
  const pixels = decodeImage(input, spec);
  const [columns, rows] = [Math.min(width, sideMax), Math.min(height, sideMax)];
  const sums = new Float32Array(rows * columns);
  const counts = new Float32Array(rows * columns);
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * rows) / height) * columns;
    for (let x = 0; x < width * channels; x++) {
      const cell = row + Math.floor((Math.floor(x / channels) * columns) / width);
      sums[cell]! += pixels[y * width * channels + x]!;
      counts[cell]!++;
    }
  }
  return sums.map((sum, cell) => sum / counts[cell]!);
}

/**
 * @returns the values of an input's tensors one after the other; more than 256 are averaged in
 *          runs. A string is a number that its bytes are hashed to.
 */
export function coarseTensors(input: Input, spec: TensorInput): Float32Array {
  const values = decodeTensors(input, spec).flatMap(({ data }) => Array.from(data, numberOf));
  if (values.length <= valuesMax) return Float32Array.from(values);
  const sums = new Float32Array(valuesMax);
  const counts = new Float32Array(valuesMax);
  values.forEach((value, index) => {
    const place = Math.floor((index * valuesMax) / values.length);
    sums[place]! += value;
    counts[place]!++;
  });
  return sums.map((sum, place) => sum / counts[place]!);
}

const numberOf = (value: string | number | bigint | boolean): number =>
  typeof value === 'string'
    ? fnv1a(encodeText(value)) / 0x1_0000_0000
    : Math.min(valueMax, Math.max(-valueMax, Number(value)));
