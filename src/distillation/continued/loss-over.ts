import type { LossOptions } from '../distillation-loss.js';
import { rowLoss } from '../row-loss.js';
import type { Batches } from './batches.js';
import type { ContinuedTrainer } from './continued-trainer.js';

/** @returns the mean loss over all rows, by the present weights. */
export async function lossOver(
  trainer: Pick<ContinuedTrainer, 'score'>,
  batches: Batches,
  loss: LossOptions,
): Promise<number> {
  let [total, count] = [0, 0];
  for (const { shape, rows } of batches.inOrder()) {
    const logits = await trainer.score({ shape, rows: rows.map(({ tensors }) => tensors) });
    const classCount = logits.length / rows.length;
    rows.forEach((row, index) => {
      const own = logits.subarray(index * classCount, (index + 1) * classCount);
      total += rowLoss(own, { ...row, ...loss });
    });
    count += rows.length;
  }
  return total / count;
}
