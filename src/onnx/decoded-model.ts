import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  ModelProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from 'onnx-buf';

/** A model of whatever origin, read to be rewritten. */
export type OnnxModel = ModelProto;

/** @throws {Error} when the bytes are no model. */
export const decodeModel = (bytes: Uint8Array): OnnxModel => fromBinary(ModelProtoSchema, bytes);

/** The same model with another graph, as bytes. */
export const encodeWith = (model: OnnxModel, graph: GraphProto): Uint8Array =>
  toBinary(ModelProtoSchema, { ...model, graph });

export function graphOf({ graph }: OnnxModel): GraphProto {
  if (graph === undefined) throw new TypeError('The model has no graph.');
  return graph;
}

/** Version of ONNX's own operators that the model is written in. */
export const opsetOf = ({ opsetImport }: OnnxModel): number =>
  Number(opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version ?? 1n);

export const isOfOnnx = ({ domain }: NodeProto): boolean => domain === '' || domain === 'ai.onnx';

export const isConstant = (node: NodeProto): boolean =>
  node.opType === 'Constant' && isOfOnnx(node);

export type Constants = ReadonlyMap<string, TensorProto>;

/**
 * By name: initializers, the nodes `Constant`, and weights that are kept in 8 bits (a Cast and a
 * Mul of constants, by the tensor of their bytes): the runtime makes initializers of all of them.
 */
export function constantsOf({ initializer, node }: GraphProto): Constants {
  const constants = new Map(initializer.map((tensor) => [tensor.name, tensor]));
  for (const one of node) {
    const tensor = isConstant(one) ? constantOf(one) : unfoldedOf(one, constants);
    if (tensor !== undefined) constants.set(one.output[0]!, tensor);
  }
  return constants;
}

function unfoldedOf(node: NodeProto, constants: Constants): TensorProto | undefined {
  const isFolded = node.opType === 'Cast' || node.opType === 'Mul';
  if (!isFolded || !isOfOnnx(node) || !node.input.every((name) => constants.has(name))) return;
  return constants.get(node.input[0]!);
}

/** @returns undefined for what no tensor is: texts, and sparse tensors. */
export function constantOf({ attribute }: NodeProto): TensorProto | undefined {
  const named = new Map(attribute.map((one) => [one.name, one]));
  const ints = named.get('value_ints')?.ints;
  if (ints !== undefined)
    return create(TensorProtoSchema, { dims: [BigInt(ints.length)], int64Data: ints });
  const floats = named.get('value_floats')?.floats;
  if (floats === undefined) return named.get('value')?.t;
  const dataType = TensorProto_DataType.FLOAT;
  return create(TensorProtoSchema, {
    ...{ dataType, dims: [BigInt(floats.length)], floatData: floats },
  });
}

/** The same node `Constant` with another tensor. */
export const withConstant = (node: NodeProto, t: TensorProto): NodeProto => ({
  ...node,
  attribute: [
    create(AttributeProtoSchema, {
      ...{ name: 'value', type: AttributeProto_AttributeType.TENSOR, t },
    }),
  ],
});

export const intAttribute = (name: string, value: bigint) =>
  create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: value });

/** Of an attribute that may be left out. */
export const intOf = ({ attribute }: NodeProto, name: string, absent: number): number =>
  Number(attribute.find((one) => one.name === name)?.i ?? absent);

export const floatOf = ({ attribute }: NodeProto, name: string, absent: number): number =>
  attribute.find((one) => one.name === name)?.f ?? absent;
