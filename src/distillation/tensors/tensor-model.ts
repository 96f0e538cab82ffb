import { encodeModel } from '../../onnx/encode-model.js';
import { Graph, type ElementType } from '../../onnx/graph.js';
import { decodeModel } from '../../onnx/decoded-model.js';
import * as op from '../../onnx/operators.js';
import type { TensorInput } from '../../task/task.js';
import { parameterCountOf } from '../architecture.js';
import { joinGraph } from '../join-graph.js';
import { noveltyMultiplyAdds } from '../novelty/novelty-features.js';
import type { StudentModel } from '../student-model.js';
import { withHead } from '../vectors/head-model.js';
import type { TrainedVectors } from '../vectors/train-vectors.js';
import { sizeOf, vectorSizeOf } from './tensor-vectors.js';

/** Builds the model that serves a student of raw tensors, under the names that the task gives. */
export function tensorModel(trained: TrainedVectors, input: TensorInput): StudentModel {
  const { architecture } = trained.network;
  const inputs = new Graph();
  for (const { name, shape, dtype } of input.tensors)
    inputs.input(name, ['batch', ...shape.map((length) => length!)], dtype as ElementType);

  const graph = new Graph();
  // The task's names may be any: in this graph they are others, so that none is there twice.
  const own = input.tensors.map((_, index) => `input ${index}`);
  const parts = input.tensors.map(({ shape, dtype }, index) => {
    const axes = ['batch' as const, ...shape.map((length) => length!)];
    const floats = op.toFloat32(graph, graph.input(own[index]!, axes, dtype as ElementType));
    return op.reshape(graph, floats, ['batch', sizeOf(shape)]);
  });
  const size = vectorSizeOf(input);
  graph.output('vector', graph.apply('Concat', parts, ['batch', size], { axis: { int: 1 } }));
  const names = Object.fromEntries(input.tensors.map(({ name }, index) => [own[index]!, name]));
  const base = decodeModel(encodeModel(inputs));
  const joined = joinGraph(base, { graph, inputs: names, prefix: 'tensors/' });
  return {
    ...withHead(joined.model, `${joined.prefix}vector`, trained),
    inputName: null,
    preprocess: { kind: 'tensor' },
    parameters: parameterCountOf(architecture),
    multiplyAdds: architecture.multiplyAdds + noveltyMultiplyAdds(trained.plane),
    description: architecture.description,
  };
}
