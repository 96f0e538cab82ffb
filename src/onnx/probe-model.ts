import { encodeModel } from './encode-model.js';
import { Graph } from './graph.js';
import { conv, matMul, reshape } from './operators.js';

export interface ProbeModel {
  readonly model: Uint8Array;
  readonly input: { readonly data: Float32Array; readonly dims: readonly number[] };
  /** What `output` is for `input`, by hand. Whole numbers below 1024: exact in TF32 too. */
  readonly expected: readonly number[];
}

/**
 * Makes the smallest model that needs what real ones need: cuDNN convolves and cuBLAS multiplies,
 * and parts of cuDNN are loaded when the first convolution runs, not before.
 *
 *     [[1 2 3] [4 5 6] [7 8 9]]  over  [[1 0] [0 1]]   ->  6 + 8 + 12 + 14 = 40
 *                                over  [[0 -1] [1 0]]  ->  2 + 2 +  2 +  2 =  8
 */
export function probeModel(): ProbeModel {
  const graph = new Graph();
  const image = graph.input('input', [1, 1, 3, 3]);
  const kernels = graph.constant(Float32Array.of(1, 0, 0, 1, 0, -1, 1, 0), [2, 1, 2, 2]);
  const channels = reshape(graph, conv(graph, image, kernels, 0), [1, 8]);
  const sums = Float32Array.from({ length: 16 }, (_, k) => Number(k % 2 === Math.floor(k / 8)));
  graph.output('output', matMul(graph, channels, graph.constant(sums, [8, 2])));
  return {
    model: encodeModel(graph),
    input: { data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9), dims: [1, 1, 3, 3] },
    expected: [40, 8],
  };
}
