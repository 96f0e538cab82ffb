import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, TensorProto_DataType, type TensorProto } from 'onnx-buf';

export type Constant = Float32Array | Int32Array | Int8Array;

/**
 * Reads the constants of a model that was made here, by their names; those of other types, or kept
 * in another way, are left out.
 *
 * @throws {Error} when the bytes are no model.
 */
export function readConstants(model: Uint8Array): ReadonlyMap<string, Constant> {
  const { graph } = fromBinary(ModelProtoSchema, model);
  return new Map(
    (graph?.initializer ?? []).flatMap((tensor) => {
      const constant = constantOf(tensor);
      return constant === null ? [] : [[tensor.name, constant] as const];
    }),
  );
}

function constantOf({ dataType, rawData, dims }: TensorProto): Constant | null {
  const Numbers = arrays.get(dataType);
  if (Numbers === undefined) return null;
  const numbers = new Numbers(Uint8Array.from(rawData).buffer);
  const length = dims.reduce((size, dim) => size * Number(dim), 1);
  return numbers.length === length ? numbers : null;
}

const arrays = new Map<number, new (buffer: ArrayBuffer) => Constant>([
  [TensorProto_DataType.FLOAT, Float32Array],
  [TensorProto_DataType.INT32, Int32Array],
  [TensorProto_DataType.INT8, Int8Array],
]);
