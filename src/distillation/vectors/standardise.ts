import type { Graph, Value } from '../../onnx/graph.js';
import * as op from '../../onnx/operators.js';
import { evenlyDrawn } from '../evenly-drawn.js';
import { spreadOf } from './spread.js';

/** How numbers come to lie around 0, most of them within 3, and none far beyond. */
export interface Standard {
  /** [inputSize] medians. */
  readonly centres: Float32Array;
  /** [inputSize] 1 / spread; 0 for a number that never changed: it says nothing. */
  readonly scales: Float32Array;
}

/** From here on numbers grow like their logarithm only; normal ones never come so far. */
const linearMax = 5;
/** Twice as much is still a float32: what is larger, infinity too, counts as this. */
const valueMax = 1e38;
/** A float32 whose logarithm is one. */
const excessMax = 1e30;
/** Rows that are measured, evenly drawn: more of them move a quantile by less than 1 %. */
const measuredMax = 4096;
/** The same of points, which are of all places alike. */
const pointsMax = 1_000_000;

/**
 * Measures training vectors by what most of them are like: one row, or a number that stands for
 * "none", must not move what all the others become.
 *
 *     centre[j] = median of x[.][j],   scale[j] = 1 / spread of x[.][j]
 *
 * @param vectors  [rows] of [inputSize] float32, at least one.
 */
export function standardOf(vectors: readonly Float32Array[]): Standard {
  const size = vectors[0]!.length;
  const measured = evenlyDrawn(vectors, measuredMax);
  const centres = new Float32Array(size);
  const scales = new Float32Array(size);
  const column = new Float32Array(measured.length);
  for (let j = 0; j < size; j++) {
    for (let row = 0; row < measured.length; row++) column[row] = bounded(measured[row]![j]!);
    const { centre, scale } = centreAndScale(column);
    centres[j] = centre;
    scales[j] = scale;
  }
  return { centres, scales };
}

/**
 * The same of the points of an image: one centre and scale for all points of a channel, for what is
 * found in one place must look alike in any other.
 *
 * @param channelOf  the channel, from 0, that a number of a vector is of.
 */
export function standardOfChannels(
  vectors: readonly Float32Array[],
  { channels, channelOf }: { readonly channels: number; readonly channelOf: (j: number) => number },
): Standard {
  const size = vectors[0]!.length;
  const step = Math.max(1, (vectors.length * size) / pointsMax);
  const points = Array.from({ length: channels }, (): number[] => []);
  for (let row = 0; row < vectors.length; row += step)
    vectors[Math.floor(row)]!.forEach((value, j) => points[channelOf(j)]!.push(bounded(value)));
  const own = points.map((values) => centreAndScale(Float32Array.from(values)));
  const every = (of: (channel: number) => number) =>
    Float32Array.from({ length: size }, (_, j) => of(channelOf(j)));
  return {
    centres: every((channel) => own[channel]!.centre),
    scales: every((channel) => own[channel]!.scale),
  };
}

/** @param column  is sorted. */
function centreAndScale(column: Float32Array): { readonly centre: number; readonly scale: number } {
  column.sort();
  const spread = spreadOf(column);
  return {
    centre: column[Math.floor(column.length / 2)]!,
    scale: spread > 1 / excessMax ? 1 / spread : 0,
  };
}

const clip = (value: number, max: number): number => Math.min(max, Math.max(-max, value));
const bounded = (value: number): number => clip(value, valueMax);

/**
 * Makes numbers comparable:
 *
 *     z = (x - centre) * scale
 *     y = z                                    where |z| <= 5
 *     y = sign(z) (5 + ln(1 + |z| - 5))        elsewhere
 *
 * What is far out stays in its order, for it may be what decides, but drowns nothing.
 *
 * @returns [inputSize] float32, each in [-75, 75]; as `appendStandard` computes it.
 */
export const standardised = (vector: Float32Array, { centres, scales }: Standard): Float32Array =>
  vector.map((value, j) => {
    const centred = Math.fround(Math.fround(bounded(value)) - centres[j]!);
    const z = clip(Math.fround(centred * scales[j]!), excessMax);
    const inner = clip(z, linearMax);
    const excess = z - inner;
    return inner + Math.sign(excess) * Math.log(1 + Math.abs(excess));
  });

/** Appends the same to a graph. @param x  [batch, inputSize] float32. */
export function appendStandard(graph: Graph, x: Value, { centres, scales }: Standard): Value {
  const size = [centres.length];
  const centre = graph.constant(centres, size, 'centres');
  const centred = op.sub(graph, clipped(graph, x, valueMax), centre);
  const scaled = op.mul(graph, centred, graph.constant(scales, size, 'scales'));
  const z = clipped(graph, scaled, excessMax);
  const inner = clipped(graph, z, linearMax);
  const excess = op.sub(graph, z, inner);
  const sign = op.sign(graph, excess);
  const grown = op.add(graph, op.mul(graph, sign, excess), op.scalar(graph, 1));
  return op.add(graph, inner, op.mul(graph, sign, op.log(graph, grown)));
}

const clipped = (graph: Graph, x: Value, max: number): Value =>
  graph.apply('Clip', [x, op.scalar(graph, -max), op.scalar(graph, max)], x.shape);
