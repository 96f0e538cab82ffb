import { mixRows } from './mix-rows.js';
import type { TrainingBatch } from './network-trainer.js';
import { shuffle, type Draw } from './seeded-draw.js';

/** One row as the loss sees it. */
export interface TargetRow {
  /** [inputSize] float32. */
  readonly input: Float32Array;
  /** [classes] teacher's distribution at the loss temperature. */
  readonly soft: Float32Array;
  /** [classes] the label as a distribution. */
  readonly hard: Float32Array;
  readonly weight: number;
}

/** Writes a changed copy of `source` into `target` from `offset` on. */
export type Augment = (source: Float32Array, target: Float32Array, offset: number) => void;

export interface BatchSourceOptions {
  readonly rows: readonly TargetRow[];
  readonly batchRows: number;
  readonly draw: Draw;
  /** Null copies the rows as they are. */
  readonly augment: Augment | null;
  /** Largest share of another row that is mixed into each, see `mixRows`; 0: none. */
  readonly mixedShareMax?: number;
}

/** Gives batches for ever: each row once, then all again in a new order. */
export function createBatchSource(options: BatchSourceOptions): () => TrainingBatch {
  const { rows, batchRows, draw, augment, mixedShareMax: shareMax = 0 } = options;
  if (rows.length === 0) throw new RangeError('There are no rows to train on.');
  const order = shuffle([...rows], draw);
  let next = 0;

  return () => {
    if (next >= order.length) {
      shuffle(order, draw);
      next = 0;
    }
    const batch = order.slice(next, next + batchRows);
    next += batchRows;
    const packed = packBatch(batch, batchRows, augment);
    return shareMax === 0 ? packed : mixRows(packed, batch.length, { shareMax, draw });
  };
}

/** Puts rows side by side; a short batch is padded by rows of weight 0. */
export function packBatch(
  rows: readonly TargetRow[],
  batchRows: number,
  augment: Augment | null = null,
): TrainingBatch {
  const { input, soft: firstSoft } = rows[0]!;
  const [inputSize, classCount] = [input.length, firstSoft.length];
  const x = new Float32Array(batchRows * inputSize);
  const soft = new Float32Array(batchRows * classCount);
  const hard = new Float32Array(batchRows * classCount);
  const rowWeights = new Float32Array(batchRows);
  const totalWeight = rows.reduce((total, { weight }) => total + weight, 0);
  rows.forEach((row, index) => {
    if (augment === null) x.set(row.input, index * inputSize);
    else augment(row.input, x, index * inputSize);
    soft.set(row.soft, index * classCount);
    hard.set(row.hard, index * classCount);
    rowWeights[index] = row.weight / totalWeight;
  });
  return { x, soft, hard, rowWeights };
}
