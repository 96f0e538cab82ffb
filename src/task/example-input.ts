import type { TensorData } from './dtype.js';
import type { Input, InputSpec, TensorSpec } from './task.js';
import { encodeTensors, type TensorValue } from './tensor-codec.js';
import { typedArrays } from './typed-arrays.js';

/** Length that stands for an axis of any length. */
const anyLength = 4;
const words = 'the a please book flight to my card was not what is weather in account lost help'
  .split(' ')
  .map((word) => `${word} `);

/**
 * An input that is valid for the task and says nothing: what a model is checked and timed with
 * while no real one is at hand.
 *
 * @param options  seed: another number gives another input, where the kind allows it. isLargest: as
 *                 large as the task allows, where it sets a limit.
 */
export function exampleInput(
  spec: InputSpec,
  { seed = 0, isLargest = false }: { readonly seed?: number; readonly isLargest?: boolean } = {},
): Input {
  switch (spec.kind) {
    case 'image': {
      const size = spec.width * spec.height * spec.channels;
      return Uint8Array.from({ length: size }, (_, k) => (k * (37 + seed) + seed * 101) % 256);
    }
    case 'text': {
      const word = (k: number): string => words[(k * (seed + 1) + seed) % words.length]!;
      const count = isLargest ? Math.ceil(spec.charsMax / 2) : 8; // Words have two letters or more.
      const text = Array.from({ length: count }, (_, k) => word(k)).join('');
      return Buffer.from(text.slice(0, spec.charsMax), 'utf8');
    }
    case 'tensor':
      return encodeTensors(
        spec.tensors.map((tensor) => exampleTensor(tensor, seed)),
        spec,
      );
  }
}

/** Zeros and ones: valid numbers for floats, flags, and for ids of any vocabulary. */
function exampleTensor({ dtype, shape }: TensorSpec, seed: number): TensorValue {
  const dims = shape.map((length) => length ?? anyLength);
  const size = dims.reduce((product, length) => product * length, 1);
  const bit = (k: number): number => (k + seed) & 1;
  return { data: exampleData(dtype, size, bit), dims };
}

function exampleData(
  dtype: TensorSpec['dtype'],
  length: number,
  bit: (k: number) => number,
): TensorData {
  if (dtype === 'string') return Array.from({ length }, (_, k) => `${bit(k)}`);
  if (dtype === 'int64') return BigInt64Array.from({ length }, (_, k) => BigInt(bit(k)));
  if (dtype === 'uint64') return BigUint64Array.from({ length }, (_, k) => BigInt(bit(k)));
  const one = dtype === 'float16' ? 0x3c00 : 1; // The bits of 1.0.
  const numbers = new typedArrays[dtype](length);
  for (let k = 0; k < length; k++) numbers[k] = bit(k) * one;
  return numbers;
}
