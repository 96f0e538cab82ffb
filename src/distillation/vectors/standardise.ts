import type { Graph, Value } from '../../onnx/graph.js';
import * as op from '../../onnx/operators.js';

/** How numbers come to have mean 0 and deviation 1. */
export interface Standard {
  /** [inputSize] */
  readonly means: Float32Array;
  /** [inputSize] 1 / standard deviation; 0 for a number that never changed: it says nothing. */
  readonly scales: Float32Array;
}

/**
 * Measures training vectors.
 *
 *     mean[j] = mean of x[.][j],   scale[j] = 1 / sqrt(mean of (x[.][j] - mean[j])^2)
 *
 * @param vectors  [rows] of [inputSize] float32, at least one.
 */
export function standardOf(vectors: readonly Float32Array[]): Standard {
  const size = vectors[0]!.length;
  const means = new Float64Array(size);
  const squares = new Float64Array(size);
  for (const vector of vectors)
    for (let j = 0; j < size; j++) means[j]! += vector[j]! / vectors.length;
  for (const vector of vectors)
    for (let j = 0; j < size; j++) squares[j]! += (vector[j]! - means[j]!) ** 2 / vectors.length;
  return {
    means: Float32Array.from(means),
    scales: Float32Array.from(squares, (square, j) =>
      isSpread(square, means[j]!) ? 1 / Math.sqrt(square) : 0,
    ),
  };
}

/** Rounding makes a float32 that never changes vary by so much of itself. */
const rounding = 1e-6;
const isSpread = (square: number, mean: number): boolean =>
  square > (rounding * mean) ** 2 && 1 / Math.sqrt(square) < 1e30;

/** @returns (x - mean) * scale, as `appendStandard` computes it. */
export const standardised = (vector: Float32Array, { means, scales }: Standard): Float32Array =>
  vector.map((value, j) => Math.fround(value - means[j]!) * scales[j]!);

/** Appends the same to a graph. @param x  [batch, inputSize] float32. */
export function appendStandard(graph: Graph, x: Value, { means, scales }: Standard): Value {
  const size = [means.length];
  const centred = op.sub(graph, x, graph.constant(means, size, 'means'));
  return op.mul(graph, centred, graph.constant(scales, size, 'scales'));
}
