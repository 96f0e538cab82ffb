import { encodeModel } from '../../src/onnx/encode-model.js';
import { Graph, type Value } from '../../src/onnx/graph.js';
import * as op from '../../src/onnx/operators.js';
import type { ModelSource } from '../../src/model/model-runner.js';
import type { BundleManifest } from '../../src/registry/bundle.js';
import type { Bundle } from '../../src/registry/read-bundle.js';
import type { ImageInput } from '../../src/task/task.js';
import { asTheyAre, fakeManifest } from './fake-bundle.js';

/** Images of three pixels. */
export const tinyInput: ImageInput = { kind: 'image', width: 3, height: 1, channels: 1 };

/** A bundle of a model that takes three pixels and gives two scores, to change one thing of. */
export function tinyBundle(
  model: Uint8Array = tinyModel(),
  changes: Partial<BundleManifest> = {},
): Bundle {
  const { input = tinyInput } = changes;
  const preprocess = input.kind === 'image' ? asTheyAre(input) : ({ kind: 'tensor' } as const);
  const labels = ['yes', 'no'];
  const manifest = { ...fakeManifest(model), labels, input, preprocess, ...changes };
  return { manifest, model, files: new Map() };
}

export const tinySource = (...bundle: Parameters<typeof tinyBundle>): ModelSource => ({
  ...tinyBundle(...bundle),
  provider: 'cpu',
});

/** A model of the given forward pass, its input [batch, inputSize]. */
export function modelOf(forward: (graph: Graph, x: Value) => Value, inputSize = 3): Uint8Array {
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
