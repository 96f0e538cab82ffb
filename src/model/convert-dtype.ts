import type { Dtype, TensorData } from '../task/dtype.js';
import { float16BitsOf, numberOfFloat16 } from '../task/float16.js';
import { typedArrays, type NumericData } from '../task/typed-arrays.js';

/** An empty tensor of so many elements. */
export function allocate(dtype: Dtype, length: number): TensorData {
  return dtype === 'string' ? Array<string>(length).fill('') : new typedArrays[dtype](length);
}

const floats: readonly Dtype[] = ['float32', 'float64', 'float16'];
const integers: readonly Dtype[] = ['int64', 'int32', 'uint32', 'uint8', 'int16', 'int8', 'uint16'];

/** Preprocessing gives float32 and int64; models may take narrower or wider ones of that kind. */
export function canConvert(from: Dtype, to: Dtype): boolean {
  if (from === to) return true;
  if (from === 'float32') return floats.includes(to);
  return from === 'int64' && (integers.includes(to) || floats.includes(to));
}

/** Writes a row's elements into a batch of another type, from `offset` on. */
export function copyInto(
  target: TensorData,
  offset: number,
  source: { readonly data: TensorData; readonly from: Dtype; readonly to: Dtype },
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
  for (let k = 0; k < data.length; k++) {
    const value = Number((data as Float32Array)[k]);
    if (to === 'float16') numbers[offset + k] = float16BitsOf(value);
    else if (to === 'int64') (target as unknown as BigInt64Array)[offset + k] = BigInt(value);
    else numbers[offset + k] = value;
  }
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
