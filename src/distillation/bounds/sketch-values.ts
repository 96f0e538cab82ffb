import { createNormalDraw, createSeededDraw } from '../seeded-draw.js';
import { keyOf } from './key-of.js';

const bands = 4;
const projectionsPerBand = 8;
const projections = bands * projectionsPerBand;
/** Width of a step, in standard deviations of the projection over the rows. */
const stepWidth = 0.75;

/**
 * Sketches rows of numbers: projected at random, cut into steps of three quarters of a standard
 * deviation; eight steps make a key, four keys a sketch. Inputs whose distance is a share d of
 * what is usual between two inputs have a key in common with a probability of about
 *
 *     1 - (1 - (1 - 1.5 d)^8)^4:    0.99 at d = 0.03,   0.72 at 0.1,   0.04 at 0.3
 *
 * @param rows   [rows] of numbers; shorter ones count as if they ended in zeros.
 * @param units  `one`: the values of a row are alike, as pixels are; `own`: each counts in its own
 *               standard deviations.
 * @see Datar et al. 2004, "Locality-sensitive hashing scheme based on p-stable distributions"
 */
export function sketchValues(
  rows: readonly Float32Array[],
  units: 'one' | 'own',
): readonly Float64Array[] {
  const size = rows.reduce((longest, row) => Math.max(longest, row.length), 0);
  const { means, deviations } = momentsOf(rows, size);
  const scales = deviations.map((own) => (units === 'one' || own === 0 ? 1 : 1 / own));
  const draw = createSeededDraw(2);
  const normal = createNormalDraw(draw);
  const directions = Array.from({ length: projections }, () =>
    Float64Array.from({ length: size }, (_, place) => normal() * scales[place]!),
  );
  const projected = directions.map((direction) =>
    Float64Array.from(rows, (row) => {
      let sum = 0;
      for (let k = 0; k < size; k++) sum += ((row[k] ?? 0) - means[k]!) * direction[k]!;
      return sum;
    }),
  );
  const steps = projected.map((values) => {
    const squares = values.reduce((sum, value) => sum + value ** 2, 0);
    const width = stepWidth * Math.sqrt(squares / values.length) || 1;
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

/** Mean and standard deviation of each value. */
function momentsOf(rows: readonly Float32Array[], size: number) {
  const means = new Float64Array(size);
  const variances = new Float64Array(size);
  for (const row of rows) row.forEach((value, k) => (means[k]! += value / rows.length));
  for (const row of rows)
    for (let k = 0; k < size; k++) variances[k]! += ((row[k] ?? 0) - means[k]!) ** 2 / rows.length;
  return { means, deviations: variances.map((variance) => Math.sqrt(variance)) };
}
