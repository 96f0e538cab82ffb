import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Batches } from '../../../src/distillation/continued/batches.js';
import type {
  ContinuedTrainer,
  RowBatch,
  ScoredBatch,
} from '../../../src/distillation/continued/continued-trainer.js';
import { searchContinued } from '../../../src/distillation/continued/search-continued.js';
import type { DatasetRow } from '../../../src/distillation/dataset.js';

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

  async score({ rows }: ScoredBatch, theta = this.weights()): Promise<Float32Array> {
    return Float32Array.from({ length: 2 * rows.length }, (_, k) => (k % 2 === 0 ? theta[0]! : 0));
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
  inOrder: () => [{ shape: '', rows: Array(rowCount).fill(batch.rows[0]) }][Symbol.iterator](),
});

const rowsOf = (count: number): readonly DatasetRow[] =>
  Array.from({ length: count }, (_, index) => ({
    ...{ id: `row-${index}`, input: Uint8Array.of(index), label: 0 },
    probabilities: Float64Array.of(0.75, 0.25),
    ...{ weight: 1, source: 'capture' as const },
  }));

interface Changes {
  readonly secondsMax?: number;
  readonly held?: number;
  readonly workMax?: number;
}

/** Each step takes a second. */
async function train(rowCount: number, changes: Changes = {}) {
  const { secondsMax = Infinity, held = 40, workMax = 0 } = changes;
  const trainer = new FakeTrainer();
  const { theta, training } = await searchContinued({
    ...{ trainer, classCount: 2 },
    lessonsOf: () => ({ train: batchesOf(rowCount), validation: batchesOf(held) }),
    training: {
      ...{ train: rowsOf(rowCount), validation: rowsOf(held), seed: 1, parent: null },
      budget: { workMax, secondsMax },
      now: () => 5000 + trainer.steps * 1000,
      onTrial: () => () => undefined,
    },
  });
  const isCut = training.notes.some((note) => note.startsWith('Time cut the training short'));
  return { steps: trainer.steps, weight: theta[0]!, isCut, notes: training.notes };
}

describe('training a brought student', () => {
  it('takes fewer steps for fewer rows, trials of rates and all', async () => {
    const steps = async (rows: number) => (await train(rows)).steps;

    assert.deepEqual(await Promise.all([20, 40, 100, 2000].map(steps)), [140, 280, 700, 4410]);
    assert.equal((await train(40, { held: 0 })).steps, 160);
  });

  it('ends when its time is up, and keeps the weights that were best until then', async () => {
    const [whole, cut] = [await train(40), await train(40, { secondsMax: 70 })];

    assert.deepEqual([whole.steps, whole.isCut], [280, false]);
    // Ten steps for each rate and forty at the best: a quarter of all, each.
    assert.deepEqual([cut.steps, cut.isCut], [70, true]);
    assert.ok(cut.weight > 0.1 && cut.weight < whole.weight, `${cut.weight}`);
  });

  it('keeps the last weights where there are no rows to choose by', async () => {
    const { steps, weight, isCut } = await train(40, { secondsMax: 3, held: 0 });

    assert.deepEqual([steps, isCut], [3, true]);
    // The middle rate, as it rises: a 20th, two, three.
    assert.ok(Math.abs(weight - (5e-4 * 6) / 20) < 1e-9, `${weight}`);
  });

  it('is the same while time does not cut it', async () => {
    const [short, long] = [await train(40, { secondsMax: 281 }), await train(40)];

    assert.deepEqual([short.steps, short.weight], [long.steps, long.weight]);
  });

  it('searches no losses where time would be short for all that the search may take', async () => {
    // Rates take 120 steps of 160 each, the training and a search of one more 320 on top.
    const searched = await train(40, { held: 100, workMax: 1, secondsMax: 440 });
    const tooSlow = await train(40, { held: 100, workMax: 1, secondsMax: 439 });

    assert.equal(tooSlow.steps, 280);
    assert.ok(
      tooSlow.notes.some((note) => note.startsWith('No search: a training takes too long')),
    );
    assert.ok(!searched.notes.some((note) => note.startsWith('No search')), searched.notes.join());
  });
});
