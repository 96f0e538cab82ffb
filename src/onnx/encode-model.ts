import { create, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  ValueInfoProtoSchema,
  type AttributeProto,
  type TensorProto,
  type ValueInfoProto,
} from 'onnx-buf';
import type { Attribute, ConstantData, Dim, ElementType, Graph, Value } from './graph.js';

/** onnxruntime 1.30 refuses newer ones than IR 13 and opset 26; these load everywhere. */
const irVersion = 10n;
const opset = 21n;

/** The numbers by which ONNX files name element types. */
export const dataTypes: Readonly<Record<ElementType, TensorProto_DataType>> = {
  float32: TensorProto_DataType.FLOAT,
  float64: TensorProto_DataType.DOUBLE,
  float16: TensorProto_DataType.FLOAT16,
  int64: TensorProto_DataType.INT64,
  int32: TensorProto_DataType.INT32,
  int16: TensorProto_DataType.INT16,
  int8: TensorProto_DataType.INT8,
  uint64: TensorProto_DataType.UINT64,
  uint32: TensorProto_DataType.UINT32,
  uint16: TensorProto_DataType.UINT16,
  uint8: TensorProto_DataType.UINT8,
  bool: TensorProto_DataType.BOOL,
};

/**
 * Serialises a graph as an ONNX model. Further outputs of a node that nobody reads are left out, so
 * that they are not computed: a served maximum pool need not say where its maxima were. A value
 * that goes out under another name has that name from the start: it is not copied.
 */
export function encodeModel(graph: Graph): Uint8Array<ArrayBuffer> {
  const names = outsideNames(graph);
  const nameOf = ({ name }: Value): string => names.get(name) ?? name;
  const read = new Set(graph.nodes.flatMap(({ inputs }) => inputs.map(({ name }) => name)));
  const model = create(ModelProtoSchema, {
    irVersion,
    producerName: 'understudy',
    opsetImport: [{ domain: '', version: opset }],
    graph: {
      name: 'understudy',
      input: graph.inputs.map(valueInfo),
      output: graph.outputs.map(valueInfo),
      initializer: [...graph.constants.values()].map(({ value, data }) => tensor(value, data)),
      node: graph.nodes
        .filter(({ inputs, outputs }) => names.get(inputs[0]?.name ?? '') !== outputs[0]!.name)
        .map(({ op, inputs, outputs, attributes }) =>
          create(NodeProtoSchema, {
            opType: op,
            input: inputs.map(nameOf),
            output: readOnes(outputs, read).map((value) => (value === null ? '' : nameOf(value))),
            attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
          }),
        ),
    },
  });
  return Uint8Array.from(toBinary(ModelProtoSchema, model));
}

/** Names under which what a node computes goes out, by its name inside. */
function outsideNames({ nodes, outputs }: Graph): ReadonlyMap<string, string> {
  const computed = new Set(nodes.flatMap((node) => node.outputs.map(({ name }) => name)));
  const isOutput = new Set(outputs.map(({ name }) => name));
  const names = new Map<string, string>();
  for (const { op, inputs, outputs: own } of nodes) {
    const [inside, outside] = [inputs[0]?.name ?? '', own[0]!.name];
    if (op !== 'Identity' || !isOutput.has(outside)) continue;
    // What goes out under two names is copied for the second.
    const hasName = !computed.has(inside) || isOutput.has(inside) || names.has(inside);
    if (!hasName) names.set(inside, outside);
  }
  return names;
}

/** Without the last ones that nobody reads; null stands for such a one before another. */
function readOnes(outputs: readonly Value[], read: ReadonlySet<string>): (Value | null)[] {
  const known = outputs.map((value, index) => (index === 0 || read.has(value.name) ? value : null));
  return known.slice(0, known.findLastIndex((value) => value !== null) + 1);
}

function valueInfo({ name, type, shape }: Value): ValueInfoProto {
  return create(ValueInfoProtoSchema, {
    name,
    type: {
      value: {
        case: 'tensorType',
        value: { elemType: dataTypes[type], shape: { dim: shape.map(dimension) } },
      },
    },
  });
}

const dimension = (dim: Dim) =>
  typeof dim === 'string'
    ? { value: { case: 'dimParam' as const, value: dim } }
    : { value: { case: 'dimValue' as const, value: BigInt(dim) } };

function tensor({ name, type, shape }: Value, data: ConstantData): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dataType: dataTypes[type],
    dims: shape.map((dim) => BigInt(dim)),
    rawData: new Uint8Array(data.slice().buffer),
  });
}

function attribute(name: string, value: Attribute): AttributeProto {
  if ('int' in value) {
    const type = AttributeProto_AttributeType.INT;
    return create(AttributeProtoSchema, { name, type, i: BigInt(value.int) });
  }
  if ('float' in value) {
    const type = AttributeProto_AttributeType.FLOAT;
    return create(AttributeProtoSchema, { name, type, f: value.float });
  }
  if ('string' in value) {
    const type = AttributeProto_AttributeType.STRING;
    const s = new TextEncoder().encode(value.string);
    return create(AttributeProtoSchema, { name, type, s });
  }
  const type = AttributeProto_AttributeType.INTS;
  return create(AttributeProtoSchema, { name, type, ints: value.ints.map(BigInt) });
}
