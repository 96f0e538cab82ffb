import { encodeModel } from '../../src/onnx/encode-model.js';
import { Graph, type Value } from '../../src/onnx/graph.js';
import * as op from '../../src/onnx/operators.js';
import type { ModelShape } from '../../src/onnx/model-runner.js';

/** [batch, 3] -> [batch, 2]. */
export const tinyShape: ModelShape = {
  inputName: 'input',
  outputName: 'logits',
  inputSize: 3,
  outputSize: 2,
};

/** A model of the given forward pass, its input [batch, inputSize]. */
export function modelOf(
  forward: (graph: Graph, x: Value) => Value,
  inputSize = tinyShape.inputSize,
): Uint8Array {
  const graph = new Graph();
  const x = graph.input('input', ['batch', inputSize]);
  graph.output('logits', forward(graph, x));
  return encodeModel(graph);
}

/** Gives [x0 + 2 x1 + 3 x2 + 10, -x0 - x1 - x2 + 20]. */
export const tinyModel = (): Uint8Array =>
  modelOf((graph, x) => {
    const weight = graph.constant(Float32Array.of(1, -1, 2, -1, 3, -1), [3, 2]);
    return op.add(graph, op.matMul(graph, x, weight), graph.constant(Float32Array.of(10, 20), [2]));
  });

/** A matrix of `size` x `size` before the answer: one row takes about size^2 / 10^9 seconds. */
export const slowModel = (size: number): Uint8Array =>
  modelOf((graph, x) => {
    const spread = graph.constant(new Float32Array(3 * size).fill(1), [3, size]);
    const square = graph.constant(new Float32Array(size * size).fill(1 / size), [size, size]);
    const gather = graph.constant(new Float32Array(size * 2).fill(1 / size), [size, 2]);
    const wide = op.matMul(graph, op.matMul(graph, x, spread), square);
    return op.matMul(graph, wide, gather);
  });
