import { evenlyDrawn } from '../evenly-drawn.js';
import { createNormalDraw, createSeededDraw } from '../seeded-draw.js';

/** The directions in which vectors differ most from their mean, and how much. */
export interface PrincipalPlane {
  /** [size] */
  readonly mean: Float32Array;
  /** [size, axes]; columns of length 1, at right angles to each other. */
  readonly axes: Float32Array;
  /** [axes] standard deviation along each, above 0. */
  readonly deviations: Float32Array;
}

/** More hardly tell more: of digits 32 hold three quarters of the variance. */
const axesMost = 32;
/** Vectors that are looked at; fewer of long ones: numbers in all. */
const [vectorsMost, numbersMost] = [1000, 1_000_000];
/** Vectors of an axis, at least: fewer would lie in the plane by themselves. */
const vectorsPerAxis = 4;
/** Of the iteration: after these the axes that matter no longer turn. */
const rounds = 6;
/** Less than so much of an axis beyond those before it is rounding. */
const restMin = 1e-10;
/** An axis that hardly anything lies along counts as this part of the first one. */
const deviationShareMin = 1e-3;

/**
 * Fits the plane of training rows to some of them.
 *
 * @param rows      at least one.
 * @param vectorOf  [size] float32 of a row, as the network sees it; of the chosen ones alone.
 */
export function planeOfRows<T>(
  rows: readonly T[],
  size: number,
  vectorOf: (row: T) => Float32Array,
): PrincipalPlane {
  const most = Math.min(vectorsMost, Math.max(1, Math.floor(numbersMost / size)));
  return principalPlaneOf(evenlyDrawn(rows, most).map(vectorOf));
}

/**
 * Finds the principal components of vectors by subspace iteration: of half as many axes as a vector
 * has numbers, 32 at most. The same vectors give the same plane.
 *
 * @param vectors  [rows] of [size] float32, finite, at least one. Not modified.
 * @see Halko, Martinsson & Tropp 2011, "Finding structure with randomness", arXiv:0909.4061,
 *      algorithm 4.4
 */
export function principalPlaneOf(vectors: readonly Float32Array[]): PrincipalPlane {
  const size = vectors[0]!.length;
  const wanted = Math.min(axesMost, size / 2, vectors.length / vectorsPerAxis);
  const count = Math.max(1, Math.floor(wanted));
  const mean = meanOf(vectors, size);
  const centred = vectors.map((vector) => vector.map((value, j) => value - mean[j]!));
  const draw = createNormalDraw(createSeededDraw(size));
  let axes: readonly Float64Array[] = Array.from({ length: count }, () =>
    Float64Array.from({ length: size }, draw),
  );
  for (let round = 0; round < rounds; round++) axes = orthonormal(timesCovariance(centred, axes));
  const spreads = axes.map((axis) => Math.sqrt(meanSquareAlong(centred, axis)));
  const floor = deviationShareMin * Math.max(...spreads);
  const flat = new Float32Array(size * count);
  axes.forEach((axis, k) => axis.forEach((value, j) => (flat[j * count + k] = value)));
  const deviations = Float32Array.from(
    spreads,
    (spread) => Math.fround(Math.max(spread, floor)) || 1,
  );
  return { mean, axes: flat, deviations };
}

function meanOf(vectors: readonly Float32Array[], size: number): Float32Array {
  const sum = new Float64Array(size);
  for (const vector of vectors) for (let j = 0; j < size; j++) sum[j]! += vector[j]!;
  return Float32Array.from(sum, (total) => total / vectors.length);
}

const dot = (one: Float32Array | Float64Array, other: Float64Array): number => {
  let sum = 0;
  for (let j = 0; j < other.length; j++) sum += one[j]! * other[j]!;
  return sum;
};

function timesCovariance(
  centred: readonly Float32Array[],
  axes: readonly Float64Array[],
): Float64Array[] {
  return axes.map((axis) => {
    const product = new Float64Array(axis.length);
    for (const vector of centred) {
      const along = dot(vector, axis);
      for (let j = 0; j < product.length; j++) product[j]! += along * vector[j]!;
    }
    return product;
  });
}

/** Gram-Schmidt, modified; an axis that nothing is left of becomes 0. */
function orthonormal(axes: readonly Float64Array[]): Float64Array[] {
  const done: Float64Array[] = [];
  for (const axis of axes) {
    const lengthBefore = Math.sqrt(dot(axis, axis));
    for (const other of done) {
      const along = dot(axis, other);
      for (let j = 0; j < axis.length; j++) axis[j]! -= along * other[j]!;
    }
    const length = Math.sqrt(dot(axis, axis));
    const scale = length > restMin * lengthBefore && length > 0 ? 1 / length : 0;
    done.push(axis.map((value) => value * scale));
  }
  return done;
}

const meanSquareAlong = (centred: readonly Float32Array[], axis: Float64Array): number =>
  centred.reduce((sum, vector) => sum + dot(vector, axis) ** 2, 0) / centred.length;
