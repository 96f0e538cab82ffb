import { create } from '@bufbuild/protobuf';
import { TensorProtoSchema, type TensorProto } from 'onnx-buf';
import { dataTypes } from './encode-model.js';
import type { ConstantData, ElementType } from './graph.js';

/** A tensor of an ONNX file, read. */
export interface FileTensor {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: ConstantData;
}

interface ArrayType {
  new (buffer: ArrayBuffer): ConstantData;
  from(numbers: readonly number[]): ConstantData;
}

/** Types whose values lie in `rawData`, or as numbers in `floatData`, `int32Data`, `doubleData`. */
const arrays: Readonly<Record<Exclude<ElementType, 'int64' | 'uint64'>, ArrayType>> = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int32: Int32Array,
  int16: Int16Array,
  int8: Int8Array,
  uint32: Uint32Array,
  uint16: Uint16Array,
  uint8: Uint8Array,
  bool: Uint8Array,
};

const typesByNumber = new Map(
  Object.entries(dataTypes).map(([type, number]) => [number as number, type as ElementType]),
);

/** @returns null for types that graphs here do not know: texts, 4 or 8 bits, complex numbers. */
export function readTensor(proto: TensorProto): FileTensor | null {
  const type = typesByNumber.get(proto.dataType);
  if (type === undefined) return null;
  const shape = proto.dims.map(Number);
  if (proto.rawData.length > 0) {
    const { buffer } = Uint8Array.from(proto.rawData); // Starts where a number may lie.
    if (type === 'int64') return { type, shape, data: new BigInt64Array(buffer) };
    if (type === 'uint64') return { type, shape, data: new BigUint64Array(buffer) };
    return { type, shape, data: new arrays[type](buffer) };
  }
  if (type === 'int64') return { type, shape, data: BigInt64Array.from(proto.int64Data) };
  if (type === 'uint64') return { type, shape, data: BigUint64Array.from(proto.uint64Data) };
  return { type, shape, data: arrays[type].from(numbersOf(proto, type)) };
}

export const isFloat32 = ({ dataType }: TensorProto): boolean =>
  typesByNumber.get(dataType) === 'float32';

export const isSingle = ({ dims }: TensorProto): boolean => dims.every((length) => length === 1n);

/** The same tensor with other float32 values, as many as before. */
export function withFloats(proto: TensorProto, values: Float32Array): TensorProto {
  const { name, dims, dataType, docString } = proto;
  const rawData = new Uint8Array(values.slice().buffer);
  return create(TensorProtoSchema, { name, dims, dataType, docString, rawData });
}

function numbersOf(proto: TensorProto, type: ElementType): readonly number[] {
  if (type === 'float32') return proto.floatData;
  if (type === 'float64') return proto.doubleData;
  return type === 'uint32' ? proto.uint64Data.map(Number) : proto.int32Data;
}
