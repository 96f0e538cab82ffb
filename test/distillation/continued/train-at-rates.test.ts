import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Batches } from '../../../src/distillation/continued/batches.js';
import type {
  ContinuedTrainer,
  RowBatch,
} from '../../../src/distillation/continued/continued-trainer.js';
import { trainAtRates } from '../../../src/distillation/continued/train-at-rates.js';

/** Its weight is the sum of the rates of its steps: the larger, the lower the loss. */
class FakeTrainer implements ContinuedTrainer {
  /** Of all trainings. */
  steps = 0;
  private weight = 0;

  async step(_batch: RowBatch, learningRate: number): Promise<number> {
    this.steps++;
    this.weight += learningRate;
    return 1;
  }

  async score(): Promise<Float32Array> {
    return Float32Array.of(this.weight, 0);
  }

  weights(): Float32Array {
    return Float32Array.of(this.weight);
  }

  restart(): void {
    this.weight = 0;
  }

  close(): Promise<void> {
    return Promise.reject(new Error('not implemented'));
  }
}

const batch: RowBatch = {
  shape: '',
  rows: [{ tensors: [], soft: null, hard: Float32Array.of(1, 0), weight: 1 }],
};
const batchesOf = (rowCount: number): Batches => ({
  rowCount,
  perEpoch: Math.ceil(rowCount / 32),
  start: () => () => batch,
  inOrder: () => [batch][Symbol.iterator](),
});

/** Each step takes a second. */
async function train(
  rowCount: number,
  changes: { readonly secondsMax?: number; readonly validation?: null } = {},
) {
  const { secondsMax = Infinity, validation = batchesOf(40) } = changes;
  const trainer = new FakeTrainer();
  const { theta, isCut } = await trainAtRates({
    ...{ trainer, train: batchesOf(rowCount), validation, seed: 1, secondsMax },
    now: () => 5000 + trainer.steps * 1000,
    onStep: () => undefined,
  });
  return { steps: trainer.steps, weight: theta![0]!, isCut };
}

describe('training at the best of some rates', () => {
  it('takes fewer steps for fewer rows, trials and all', async () => {
    const steps = async (rows: number) => (await train(rows)).steps;

    assert.deepEqual(await Promise.all([20, 40, 100, 2000].map(steps)), [140, 280, 700, 4410]);
    assert.equal((await train(40, { validation: null })).steps, 160);
  });

  it('ends when its time is up, and keeps the weights that were best until then', async () => {
    const [whole, cut] = [await train(40), await train(40, { secondsMax: 70 })];

    assert.deepEqual([whole.steps, whole.isCut], [280, false]);
    // Ten steps for each rate and forty at the best: a quarter of all, each.
    assert.deepEqual([cut.steps, cut.isCut], [70, true]);
    assert.ok(cut.weight > 0.1 && cut.weight < whole.weight, `${cut.weight}`);
  });

  it('keeps the last weights where there are no rows to choose by', async () => {
    const { steps, weight, isCut } = await train(40, { secondsMax: 3, validation: null });

    assert.deepEqual([steps, isCut], [3, true]);
    // The middle rate, as it rises: a 20th, two, three.
    assert.ok(Math.abs(weight - (5e-4 * 6) / 20) < 1e-9, `${weight}`);
  });

  it('is the same while time does not cut it', async () => {
    assert.deepEqual(await train(40, { secondsMax: 281 }), await train(40));
  });
});
