import { create, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import { InferenceSession, Tensor } from '../../src/onnx/runtime.js';
import { sessionOptions } from '../../src/onnx/session-options.js';

interface Resize {
  /** [1, channels, height, width] of the image, and of what it becomes. */
  readonly from: readonly number[];
  readonly to: readonly number[];
  /** Attributes of ONNX's `Resize`, all of them strings. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Resizes an image by the operator of ONNX Runtime. */
export async function resizeByRuntime(
  image: Float32Array,
  { from, to, attributes }: Resize,
): Promise<Float32Array> {
  const model = toBinary(ModelProtoSchema, modelOf({ from, to, attributes }));
  const session = await InferenceSession.create(model, sessionOptions);
  try {
    const { y } = await session.run({ x: new Tensor('float32', image, from) });
    return Float32Array.from(y!.data as Float32Array);
  } finally {
    await session.release();
  }
}

function modelOf({ from, to, attributes }: Resize) {
  return create(ModelProtoSchema, {
    irVersion: 10n,
    opsetImport: [{ domain: '', version: 21n }],
    graph: {
      name: 'resize',
      input: [valueInfo('x', from)],
      output: [valueInfo('y', to)],
      initializer: [
        create(TensorProtoSchema, {
          name: 'sizes',
          dataType: TensorProto_DataType.INT64,
          dims: [4n],
          int64Data: to.map(BigInt),
        }),
      ],
      node: [
        create(NodeProtoSchema, {
          opType: 'Resize',
          input: ['x', '', '', 'sizes'],
          output: ['y'],
          attribute: Object.entries(attributes).map(([name, value]) =>
            create(AttributeProtoSchema, {
              name,
              type: AttributeProto_AttributeType.STRING,
              s: new TextEncoder().encode(value),
            }),
          ),
        }),
      ],
    },
  });
}

const valueInfo = (name: string, shape: readonly number[]) =>
  create(ValueInfoProtoSchema, {
    name,
    type: {
      value: {
        case: 'tensorType',
        value: {
          elemType: TensorProto_DataType.FLOAT,
          shape: {
            dim: shape.map((length) => ({
              value: { case: 'dimValue' as const, value: BigInt(length) },
            })),
          },
        },
      },
    },
  });
