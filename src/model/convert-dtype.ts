import type { Dtype, TensorData } from '../task/dtype.js';
import { float16BitsOf, numberOfFloat16 } from '../task/float16.js';
import { valueOfByte } from '../task/image-codec.js';
import type { RowTensor } from '../preprocess/preprocessor.js';
import { typedArrays, type NumericData } from '../task/typed-arrays.js';

/** An empty tensor of so many elements. */
export function allocate(dtype: Dtype, length: number): TensorData {
  return dtype === 'string' ? Array<string>(length).fill('') : new typedArrays[dtype](length);
}

const floatTypes: readonly Dtype[] = ['float32', 'float64', 'float16'];
const integerTypes: readonly Dtype[] = [
  'int64',
  'int32',
  'uint32',
  'uint8',
  'int16',
  'int8',
  'uint16',
];

/**
 * Preprocessing gives float32 and int64; models may take narrower or wider ones of that kind, and
 * images as uint8 (with a scale of 255).
 */
export function canConvert(from: RowTensor['dtype'], to: Dtype): boolean {
  if (from === to) return true;
  if (from === 'float32' || from === 'unit8') return floatTypes.includes(to) || to === 'uint8';
  return from === 'int64' && (integerTypes.includes(to) || floatTypes.includes(to));
}

/** Writes a row's elements into a batch of another type, from `offset` on. */
export function copyInto(
  target: TensorData,
  offset: number,
  source: { readonly data: TensorData; readonly from: RowTensor['dtype']; readonly to: Dtype },
): void {
  const { data, from, to } = source;
  if (Array.isArray(target)) {
    (data as readonly string[]).forEach((text, index) => (target[offset + index] = text));
    return;
  }
  const numbers = target as Float32Array;
  if (from === to) {
    numbers.set(data as Float32Array, offset);
    return;
  }
  if (from === 'unit8' && to === 'float32') {
    writeUnits(numbers, offset, data as Uint8Array);
    return;
  }
  for (let k = 0; k < data.length; k++) {
    const value = from === 'unit8' ? valueOfByte[Number(data[k])]! : Number(data[k]);
    if (target instanceof BigInt64Array) target[offset + k] = BigInt(value);
    else if (to === 'float16') numbers[offset + k] = float16BitsOf(value);
    else if (to === 'uint8') numbers[offset + k] = Math.min(255, Math.max(0, Math.round(value)));
    else numbers[offset + k] = value;
  }
}

/** A function of its own, which sees one type of array alone: the largest part of a small run. */
function writeUnits(floats: Float32Array, offset: number, bytes: Uint8Array): void {
  const table = valueOfByte; // What is imported is looked up each time.
  const { length } = bytes;
  for (let k = 0, to = offset; k < length; k++, to++) floats[to] = table[bytes[k]!]!;
}

/**
 * The scores of an output as float32.
 *
 * @param data  float32, float64, or float16 (bits, or a Float16Array where Node has them).
 */
export function toFloat32(data: NumericData, dtype: string): Float32Array {
  if (data instanceof Float32Array) return data;
  if (dtype === 'float16' && data instanceof Uint16Array)
    return Float32Array.from(data, numberOfFloat16);
  return Float32Array.from(data as Float64Array);
}
