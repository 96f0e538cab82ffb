import { create } from '@bufbuild/protobuf';
import type { GraphProto } from 'onnx-buf';
import { NodeProtoSchema, TensorProtoSchema, ValueInfoProtoSchema } from 'onnx-buf';
import { encodeModel } from '../onnx/encode-model.js';
import type { Graph } from '../onnx/graph.js';
import { decodeModel, type OnnxModel } from '../onnx/decoded-model.js';

export interface Continuation {
  /** What comes after the model. */
  readonly graph: Graph;
  /** By its inputs: the values of the model that they are. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Of its other names, such as `head/`; another one where the model has such names. */
  readonly prefix: string;
}

export interface JoinedModel {
  readonly model: OnnxModel;
  /** The prefix that its names have got. */
  readonly prefix: string;
}

/**
 * Puts a graph behind a model: the model's inputs, the graph's outputs. The model keeps its opset,
 * so the graph may only have operators that are the same in it (`continuationOpsetMin`).
 */
export function joinGraph(base: OnnxModel, continuation: Continuation): JoinedModel {
  const { graph, inputs } = continuation;
  const before = base.graph!;
  const after = decodeModel(encodeModel(graph)).graph!;
  const prefix = freePrefix(before, continuation.prefix);
  const nameOf = (name: string): string =>
    name === '' ? '' : (inputs[name] ?? `${prefix}${name}`);
  const joined = {
    ...before,
    initializer: [
      ...before.initializer,
      ...after.initializer.map((tensor) =>
        create(TensorProtoSchema, { ...tensor, name: nameOf(tensor.name) }),
      ),
    ],
    node: [
      ...before.node,
      ...after.node.map((node) =>
        create(NodeProtoSchema, {
          ...{ ...node, input: node.input.map(nameOf), output: node.output.map(nameOf) },
        }),
      ),
    ],
    output: after.output.map((value) =>
      create(ValueInfoProtoSchema, { ...value, name: nameOf(value.name) }),
    ),
  };
  return { model: { ...base, graph: joined }, prefix };
}

/**
 * From this opset on, up to 26, `Gemm` without a bias, `MatMul`, `Add`, `Sub`, `Mul`, `Div`,
 * `Relu`, `Clip`, `Sign`, `Sqrt`, `Log`, `LogSoftmax` of rows, `Cast`, `Reshape`, `Concat`,
 * `LpNormalization` and `Identity` are written as they are here.
 */
export const continuationOpsetMin = 11;

function freePrefix({ input, initializer, node, output }: GraphProto, wanted: string): string {
  const names = [
    ...[...input, ...initializer, ...output].map(({ name }) => name),
    ...node.flatMap((one) => one.output),
  ];
  let prefix = wanted;
  while (names.some((name) => name.startsWith(prefix))) prefix = `_${prefix}`;
  return prefix;
}
