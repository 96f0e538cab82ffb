import { create, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from 'onnx-buf';

/** Takes three pixels, and loops for ever: the condition of its `Loop` is true and stays so. */
export function endlessModel(): Uint8Array {
  const bool = typeOf(TensorProto_DataType.BOOL, []);
  const body = create(GraphProtoSchema, {
    name: 'body',
    input: [
      value('count', typeOf(TensorProto_DataType.INT64, [])),
      value('going', bool),
      value('x', typeOf(TensorProto_DataType.FLOAT, null)),
    ],
    output: [value('goesOn', bool), value('y', typeOf(TensorProto_DataType.FLOAT, null))],
    node: [
      create(NodeProtoSchema, { opType: 'Identity', input: ['going'], output: ['goesOn'] }),
      create(NodeProtoSchema, { opType: 'Identity', input: ['x'], output: ['y'] }),
    ],
  });
  const loop = create(AttributeProtoSchema, {
    name: 'body',
    type: AttributeProto_AttributeType.GRAPH,
    g: body,
  });
  const model = create(ModelProtoSchema, {
    irVersion: 10n,
    opsetImport: [{ domain: '', version: 21n }],
    graph: {
      name: 'endless',
      input: [value('input', typeOf(TensorProto_DataType.FLOAT, [null, 3]))],
      output: [value('logits', typeOf(TensorProto_DataType.FLOAT, [null, 2]))],
      initializer: [
        create(TensorProtoSchema, {
          name: 'weights',
          dataType: TensorProto_DataType.FLOAT,
          dims: [3n, 2n],
          floatData: [1, -1, 2, -1, 3, -1],
        }),
        create(TensorProtoSchema, {
          name: 'true',
          dataType: TensorProto_DataType.BOOL,
          int32Data: [1],
        }),
      ],
      node: [
        create(NodeProtoSchema, {
          opType: 'MatMul',
          input: ['input', 'weights'],
          output: ['scores'],
        }),
        create(NodeProtoSchema, {
          opType: 'Loop',
          input: ['', 'true', 'scores'],
          output: ['logits'],
          attribute: [loop],
        }),
      ],
    },
  });
  return toBinary(ModelProtoSchema, model);
}

const value = (name: string, type: ReturnType<typeof typeOf>) =>
  create(ValueInfoProtoSchema, { name, type });

/** @param shape  null where it is not known, and so for an axis. */
const typeOf = (elemType: TensorProto_DataType, shape: readonly (number | null)[] | null) =>
  create(TypeProtoSchema, {
    value: {
      case: 'tensorType',
      value: create(TypeProto_TensorSchema, {
        elemType,
        ...(shape === null ? {} : { shape: { dim: shape.map(dimension) } }),
      }),
    },
  });

const dimension = (length: number | null) =>
  length === null
    ? { value: { case: 'dimParam' as const, value: 'batch' } }
    : { value: { case: 'dimValue' as const, value: BigInt(length) } };
