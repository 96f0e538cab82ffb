import { createNormalDraw, createSeededDraw } from '../seeded-draw.js';
import { standardised, standardOf } from '../vectors/standardise.js';
import { keyOf } from './key-of.js';

const bands = 4;
const projectionsPerBand = 8;
const projections = bands * projectionsPerBand;
/** Width of a step, in deviations of the projection over the rows. */
const stepWidth = 0.75;

/**
 * Sketches rows of numbers: projected at random, cut into steps of three quarters of a deviation of
 * normal numbers; eight steps make a key, four keys a sketch. Inputs whose distance is a share d of
 * what is usual between two inputs have a key in common with a probability of about
 *
 *     1 - (1 - (1 - 1.5 d)^8)^4:    0.99 at d = 0.03,   0.72 at 0.1,   0.04 at 0.3
 *
 * @param rows   [rows] of numbers; shorter ones count as if they ended in zeros.
 * @param units  `one`: the values of a row are alike, as pixels are; `own`: each counts in its own
 *               spreads.
 * @see Datar et al. 2004, "Locality-sensitive hashing scheme based on p-stable distributions"
 */
export function sketchValues(
  rows: readonly Float32Array[],
  units: 'one' | 'own',
): readonly Float64Array[] {
  const size = rows.reduce((longest, row) => Math.max(longest, row.length), 0);
  const vectors = rows.map((row) => padded(row, size));
  const measured = units === 'own' ? inOwnSpreads(vectors) : vectors;
  const draw = createSeededDraw(2);
  const normal = createNormalDraw(draw);
  const directions = Array.from({ length: projections }, () =>
    Float64Array.from({ length: size }, normal),
  );
  const projected = directions.map((direction) =>
    Float64Array.from(measured, (row) =>
      row.reduce((sum, value, k) => sum + value * direction[k]!, 0),
    ),
  );
  const steps = projected.map((values) => {
    const width = stepWidth * (units === 'own' ? usualDeviation(values) : deviation(values)) || 1;
    const offset = draw();
    return values.map((value) => Math.floor(value / width + offset));
  });
  return rows.map((_, row) =>
    Float64Array.from({ length: bands }, (__, band) => {
      const first = band * projectionsPerBand;
      return keyOf(
        steps.slice(first, first + projectionsPerBand).map((step) => step[row]!),
        band,
      );
    }),
  );
}

function padded(row: Float32Array, size: number): Float32Array {
  if (row.length === size) return row;
  const vector = new Float32Array(size);
  vector.set(row);
  return vector;
}

/** Otherwise one row of 1e6 would make all others look the same. */
function inOwnSpreads(vectors: readonly Float32Array[]): readonly Float32Array[] {
  if (vectors.length === 0) return [];
  const standard = standardOf(vectors);
  return vectors.map((vector) => standardised(vector, standard));
}

/**
 * Of normal numbers the deviation: 68.3 % are as near to the median. A third of the rows can hardly
 * move it. Where so many are equal, it is the deviation itself.
 */
function usualDeviation(values: Float64Array): number {
  const median = values.slice().sort()[Math.floor(values.length / 2)]!;
  const distances = values.map((value) => Math.abs(value - median)).sort();
  const typical = distances[Math.floor(0.683 * values.length)]!;
  return typical > 1e-6 * distances.at(-1)! ? typical : deviation(values);
}

function deviation(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value / values.length, 0);
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2 / values.length, 0);
  return Math.sqrt(square);
}
