import { create, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  ValueInfoProtoSchema,
  type NodeProto,
} from 'onnx-buf';
import type { Dtype } from '../../src/task/dtype.js';

/** A tensor that a model takes or gives; a word stands for an axis of any length. */
export interface OnnxValue {
  readonly name: string;
  readonly dtype: Dtype;
  /** Undefined: the rank is not known. */
  readonly shape?: readonly (number | string)[];
}

/** What scikit-learn's exporters give: for each row, a map from a label's number to its score. */
export interface OnnxMaps {
  readonly name: string;
  readonly dtype: 'maps';
}

export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly ints?: Readonly<Record<string, number>>;
  readonly lists?: Readonly<Record<string, readonly number[]>>;
  readonly floats?: Readonly<Record<string, number>>;
  readonly words?: Readonly<Record<string, string>>;
  readonly floatLists?: Readonly<Record<string, readonly number[]>>;
  readonly wordLists?: Readonly<Record<string, readonly string[]>>;
  /** Of a `Constant`. */
  readonly value?: Omit<OnnxConstant, 'name'>;
  /** Of an `If`, `Loop` or `Scan`. */
  readonly bodies?: Readonly<Record<string, OnnxBody>>;
  /** Of another domain than ONNX's own. */
  readonly domain?: string;
}

export interface OnnxBody {
  readonly inputs?: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly nodes: readonly OnnxNode[];
  readonly constants?: readonly OnnxConstant[];
}

export interface OnnxConstant {
  readonly name: string;
  readonly data: Float32Array | BigInt64Array;
  readonly shape: readonly number[];
}

/** A whole model; unlike `Graph`, of any element types. */
export interface OnnxFile {
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly (OnnxValue | OnnxMaps)[];
  readonly nodes: readonly OnnxNode[];
  readonly constants?: readonly OnnxConstant[];
  /** Default 21. */
  readonly opset?: number;
  readonly functions?: readonly OnnxFunction[];
}

/** A local function, that nodes of its domain call. */
export interface OnnxFunction {
  readonly name: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly OnnxNode[];
}

/** Numbers by which ONNX knows the element types. */
export const onnxTypes: Readonly<Record<Dtype, TensorProto_DataType>> = {
  float32: TensorProto_DataType.FLOAT,
  float64: TensorProto_DataType.DOUBLE,
  float16: TensorProto_DataType.FLOAT16,
  int8: TensorProto_DataType.INT8,
  int16: TensorProto_DataType.INT16,
  int32: TensorProto_DataType.INT32,
  int64: TensorProto_DataType.INT64,
  uint8: TensorProto_DataType.UINT8,
  uint16: TensorProto_DataType.UINT16,
  uint32: TensorProto_DataType.UINT32,
  uint64: TensorProto_DataType.UINT64,
  bool: TensorProto_DataType.BOOL,
  string: TensorProto_DataType.STRING,
};

export function onnxFile({
  inputs,
  outputs,
  nodes,
  constants = [],
  opset = 21,
  functions = [],
}: OnnxFile): Uint8Array {
  const model = create(ModelProtoSchema, {
    irVersion: 10n,
    opsetImport: [
      { domain: '', version: BigInt(opset) },
      { domain: 'ai.onnx.ml', version: 3n },
      ...customDomains(nodes).map((domain) => ({ domain, version: 1n })),
    ],
    graph: {
      name: 'test',
      input: inputs.map(valueInfo),
      output: outputs.map((output) =>
        output.dtype === 'maps' ? mapsInfo(output) : valueInfo(output),
      ),
      initializer: constants.map(initializer),
      node: nodes.map(nodeOf),
    },
    functions: functions.map(({ name, domain, inputs: input, outputs: output, nodes: inside }) => ({
      ...{ name, domain, input: [...input], output: [...output], node: inside.map(nodeOf) },
      opsetImport: [{ domain: '', version: BigInt(opset) }],
    })),
  });
  return toBinary(ModelProtoSchema, model);
}

const customDomains = (nodes: readonly OnnxNode[]): readonly string[] =>
  nodes.flatMap(({ domain = '' }) => (['', 'ai.onnx.ml'].includes(domain) ? [] : [domain]));

const initializer = ({ name, data, shape }: OnnxConstant) =>
  create(TensorProtoSchema, {
    name,
    dataType: onnxTypes[data instanceof Float32Array ? 'float32' : 'int64'],
    dims: shape.map(BigInt),
    rawData: new Uint8Array(data.slice().buffer),
  });

const graphOf = (name: string, body: OnnxBody) =>
  create(GraphProtoSchema, {
    name,
    input: (body.inputs ?? []).map(valueInfo),
    output: body.outputs.map(valueInfo),
    initializer: (body.constants ?? []).map(initializer),
    node: body.nodes.map(nodeOf),
  });

function nodeOf(node: OnnxNode): NodeProto {
  const { op, inputs, outputs, domain } = node;
  const { ints = {}, lists = {}, floats = {}, words = {}, bodies = {} } = node;
  const { floatLists = {}, wordLists = {}, value } = node;
  return create(NodeProtoSchema, {
    opType: op,
    ...(domain === undefined ? {} : { domain }),
    input: [...inputs],
    output: [...outputs],
    attribute: [
      ...Object.entries(ints).map(([name, value]) => {
        const type = AttributeProto_AttributeType.INT;
        return create(AttributeProtoSchema, { name, type, i: BigInt(value) });
      }),
      ...Object.entries(floats).map(([name, f]) => {
        const type = AttributeProto_AttributeType.FLOAT;
        return create(AttributeProtoSchema, { name, type, f });
      }),
      ...Object.entries(words).map(([name, word]) => {
        const type = AttributeProto_AttributeType.STRING;
        return create(AttributeProtoSchema, { name, type, s: new TextEncoder().encode(word) });
      }),
      ...Object.entries(lists).map(([name, values]) => {
        const type = AttributeProto_AttributeType.INTS;
        return create(AttributeProtoSchema, { name, type, ints: values.map(BigInt) });
      }),
      ...Object.entries(floatLists).map(([name, values]) => {
        const type = AttributeProto_AttributeType.FLOATS;
        return create(AttributeProtoSchema, { name, type, floats: [...values] });
      }),
      ...Object.entries(wordLists).map(([name, values]) => {
        const type = AttributeProto_AttributeType.STRINGS;
        const strings = values.map((word) => new TextEncoder().encode(word));
        return create(AttributeProtoSchema, { name, type, strings });
      }),
      ...(value === undefined ? [] : [tensorAttribute(value)]),
      ...Object.entries(bodies).map(([name, body]) => {
        const type = AttributeProto_AttributeType.GRAPH;
        return create(AttributeProtoSchema, { name, type, g: graphOf(name, body) });
      }),
    ],
  });
}

function tensorAttribute(value: Omit<OnnxConstant, 'name'>) {
  const type = AttributeProto_AttributeType.TENSOR;
  const t = initializer({ name: '', ...value });
  return create(AttributeProtoSchema, { name: 'value', type, t });
}

const valueInfo = ({ name, dtype, shape }: OnnxValue) =>
  create(ValueInfoProtoSchema, { name, type: { value: tensorType(dtype, shape) } });

const tensorType = (dtype: Dtype, shape: OnnxValue['shape']) => ({
  case: 'tensorType' as const,
  value: {
    elemType: onnxTypes[dtype],
    ...(shape === undefined ? {} : { shape: { dim: shape.map(dimension) } }),
  },
});

const dimension = (dim: number | string) =>
  typeof dim === 'string'
    ? { value: { case: 'dimParam' as const, value: dim } }
    : { value: { case: 'dimValue' as const, value: BigInt(dim) } };

const mapsInfo = ({ name }: OnnxMaps) =>
  create(ValueInfoProtoSchema, {
    name,
    type: {
      value: {
        case: 'sequenceType',
        value: {
          elemType: {
            value: {
              case: 'mapType',
              value: {
                keyType: onnxTypes.int64,
                valueType: { value: tensorType('float32', []) },
              },
            },
          },
        },
      },
    },
  });
