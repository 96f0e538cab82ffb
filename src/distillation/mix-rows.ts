import type { TrainingBatch } from './network-trainer.js';
import type { Draw } from './seeded-draw.js';

/**
 * Mixes each row of a batch with the next one: inputs and targets alike, so that the network is
 * taught to go from one to the other along a line.
 *
 *     row = (1 - s) row + s next,   s uniform in [0, shareMax)
 *
 * The paper draws s from a Beta distribution; a uniform one needs no other parameter than its end.
 *
 * @param rows      rows of the batch that count; padding is not mixed in.
 * @param shareMax  in (0, 0.5]: a row stays the greater part of itself.
 * @see Zhang et al. 2018, "mixup: Beyond Empirical Risk Minimization", arXiv:1710.09412
 */
export function mixRows(
  batch: TrainingBatch,
  rows: number,
  { shareMax, draw }: { readonly shareMax: number; readonly draw: Draw },
): TrainingBatch {
  const shares = Array.from({ length: rows }, () => shareMax * draw());
  const mixed = (values: Float32Array): Float32Array => {
    const width = values.length / batch.rowWeights.length;
    const copy = values.slice();
    shares.forEach((share, row) => {
      const next = (row + 1) % rows;
      for (let k = 0; k < width; k++)
        copy[row * width + k]! += share * (values[next * width + k]! - values[row * width + k]!);
    });
    return copy;
  };
  return { ...batch, x: mixed(batch.x), soft: mixed(batch.soft), hard: mixed(batch.hard) };
}
