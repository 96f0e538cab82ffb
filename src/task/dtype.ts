/** Element types of tensors, by the names that ONNX Runtime's API gives them. */
export const dtypes = [
  'float32',
  'float64',
  'float16',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'bool',
  'string',
] as const;

export type Dtype = (typeof dtypes)[number];

/**
 * The elements of one tensor. float16 is kept as its bits, in a Uint16Array: Node below 24 has no
 * Float16Array. bool is a Uint8Array of 0 and 1.
 */
export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | readonly string[];
