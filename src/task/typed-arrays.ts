import type { Dtype, TensorData } from './dtype.js';

export type NumericDtype = Exclude<Dtype, 'string'>;
export type NumericData = Exclude<TensorData, readonly string[]>;

interface TypedArrayType {
  new (length: number): NumericData;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): NumericData;
  readonly BYTES_PER_ELEMENT: number;
}

/** The typed array that holds the elements of each type; see `TensorData`. */
export const typedArrays: Readonly<Record<NumericDtype, TypedArrayType>> = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
};
