import type { TensorData } from './dtype.js';
import { float16BitsOf } from './float16.js';
import type { ImageInput, Input, InputSpec, TensorInput, TensorSpec } from './task.js';
import { encodeTensors, type TensorValue } from './tensor-codec.js';
import { typedArrays } from './typed-arrays.js';

/** Lengths that stand for an axis of any length, and words of a text: most examples, and some. */
const lengths = { short: 4, long: 8 } as const;
const wordCounts = { short: 8, long: 24 } as const;
/** Every fourth example is longer, so that there are two of a kind among eight. */
const longEvery = 4;
/**
 * Elements of a tensor whose axes are open, in the largest example. The task allows 1 048 576 an
 * axis; a model that takes 4096 numbers in a moment is taken to be quick.
 */
const largestElements = 4096;
const words = 'the a please book flight to my card was not what is weather in account lost help'
  .split(' ')
  .map((word) => `${word} `);
/** Four bits of ids and flags by seed, never 00 in the last two: an empty mask is no number. */
const bitPatterns = [0b1010, 0b0101, 0b0110, 0b1001, 0b1110, 0b1101, 0b0111, 0b1011] as const;
/** Of floats by seed: in one run their ranges differ, so that a range over the batch shows. */
const magnitudes = [1, 4, 0.25, 16, 0.5] as const;

interface ExampleOptions {
  readonly seed?: number;
  readonly isLargest?: boolean;
}

/** Different examples of what a task takes, see `exampleInput`. */
export const exampleInputs = (spec: InputSpec, count: number): readonly Input[] =>
  Array.from({ length: count }, (_, seed) => exampleInput(spec, { seed }));

/**
 * An input that is valid for the task and says nothing: what a model is checked and timed with
 * while no real one is at hand. Examples differ in range, and some in length.
 *
 * @param options  seed: another number gives another input, where the kind allows it. isLargest: as
 *                 large as the task allows; of open axes only up to 4096 elements a tensor.
 */
export function exampleInput(spec: InputSpec, options: ExampleOptions = {}): Input {
  const { seed = 0, isLargest = false } = options;
  const extent = seed % longEvery === longEvery - 1 ? 'long' : 'short';
  switch (spec.kind) {
    case 'image':
      return exampleImage(spec, seed);
    case 'text': {
      const word = (k: number): string => words[(k * (seed + 1) + seed) % words.length]!;
      // Words have two letters or more.
      const count = isLargest ? Math.ceil(spec.charsMax / 2) : wordCounts[extent];
      const text = Array.from({ length: count }, (_, k) => word(k)).join('');
      return Buffer.from(text.slice(0, spec.charsMax), 'utf8');
    }
    case 'tensor': {
      const openLength = isLargest ? largestLengthOf(spec) : lengths[extent];
      return encodeTensors(
        spec.tensors.map((tensor) => exampleTensor(tensor, seed, openLength)),
        spec,
      );
    }
  }
}

/** All 256 levels in one image of four; a half, a third or a quarter of them in the others. */
function exampleImage({ width, height, channels }: ImageInput, seed: number): Input {
  const span = 256 / (1 + (seed % 4));
  const darkest = ((256 - span) * (seed % 3)) / 2;
  const share = (k: number): number => ((k * (37 + seed) + seed * 101) % 256) / 256;
  const length = width * height * channels;
  return Uint8Array.from({ length }, (_, k) => Math.floor(darkest + share(k) * span));
}

/** One for all open axes: tensors side by side, as ids and their mask, mostly share it. */
function largestLengthOf({ tensors }: TensorInput): number {
  const allowed = tensors.map(({ shape }) => {
    const openAxes = shape.filter((length) => length === null).length;
    const fixedSize = shape.reduce<number>((product, length) => product * (length ?? 1), 1);
    return openAxes === 0 ? Infinity : (largestElements / fixedSize) ** (1 / openAxes);
  });
  return Math.max(lengths.short, Math.floor(Math.min(largestElements, ...allowed) + 1e-6));
}

function exampleTensor(
  { dtype, shape }: TensorSpec,
  seed: number,
  openLength: number,
): TensorValue {
  const dims = shape.map((length) => length ?? openLength);
  const size = dims.reduce((product, length) => product * length, 1);
  return { data: exampleData(dtype, size, seed), dims };
}

/** Zeros and ones are valid flags, and ids of any vocabulary; floats may be any number. */
function exampleData(dtype: TensorSpec['dtype'], length: number, seed: number): TensorData {
  const pattern = bitPatterns[seed % bitPatterns.length]!;
  const bit = (k: number): number => (pattern >> ((k + (k >> 2)) & 3)) & 1;
  const magnitude = magnitudes[seed % magnitudes.length]!;
  const float = (k: number): number => (magnitude * ((k * 3 + seed * 2 + 1) % 5)) / 4;
  if (dtype === 'string') return Array.from({ length }, (_, k) => `${bit(k)}`);
  if (dtype === 'int64') return BigInt64Array.from({ length }, (_, k) => BigInt(bit(k)));
  if (dtype === 'uint64') return BigUint64Array.from({ length }, (_, k) => BigInt(bit(k)));
  const numbers = new typedArrays[dtype](length);
  const isFloat = dtype === 'float32' || dtype === 'float64';
  for (let k = 0; k < length; k++)
    numbers[k] = dtype === 'float16' ? float16BitsOf(float(k)) : isFloat ? float(k) : bit(k);
  return numbers;
}
