import type { Draw } from '../../../src/distillation/seeded-draw.js';

/** Numbers of all batches, one batch after the other. */
export interface Part {
  /** Numbers of a row. */
  readonly columns: number;
  readonly data: Float32Array | BigInt64Array;
}

/** One network to train: the embedded trainer's side, and what PyTorch needs to do the same. */
export interface SpeedCase {
  readonly name: string;
  readonly batchRows: number;
  readonly batches: number;
  /** Steps of a turn: a second or so. */
  readonly steps: number;
  /** Of the network, for `torch-speed.py`: `kind`, and what that needs. */
  readonly network: Readonly<Record<string, unknown>>;
  /** Where each weight lies in `theta`: one after the other, in this order. */
  readonly weights: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly theta: Float32Array;
  /** What goes in, then the two targets. */
  readonly parts: readonly Part[];
  /** Opens the embedded trainer. */
  open(): Promise<EmbeddedSide>;
}

export interface EmbeddedSide {
  /** Trains one step. @returns its loss. */
  step(batch: number): Promise<number>;
  close(): Promise<void>;
}

export const learningRate = 1e-3;
export const weightDecay = 0.01;

/**
 * Targets that nobody has given: what a step costs does not depend on them.
 *
 * @param share  of one class, drawn for each row; the others share the rest.
 */
export function drawTargets(
  { rows, classCount }: { readonly rows: number; readonly classCount: number },
  share: number,
  draw: Draw,
): { readonly columns: number; readonly data: Float32Array } {
  const data = new Float32Array(rows * classCount).fill((1 - share) / (classCount - 1));
  for (let row = 0; row < rows; row++)
    data[row * classCount + Math.floor(draw() * classCount)] = share;
  return { columns: classCount, data };
}

/** One batch of a part. */
export const batchOf = <Data extends Part['data']>(
  { data, columns }: { readonly data: Data; readonly columns: number },
  batch: number,
  batchRows: number,
): Data => {
  const size = batchRows * columns;
  return data.subarray(batch * size, (batch + 1) * size) as Data;
};
