import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cnn, mlp, parameterCountOf } from '../../src/distillation/architecture.js';
import { openNetworkTrainer } from '../../src/distillation/network-trainer.js';
import { buildModelGraph } from '../../src/distillation/training-graph.js';
import { assertNearAll } from '../support/assert-near-all.js';
import { readFixture } from '../support/read-fixture.js';
import { scorePixels } from '../support/score-pixels.js';
import { seededDraw } from '../support/seeded-draw.js';

/** fixtures/training-steps-oracle.py: an MLP 4-3-2 on five rows, in numpy. */
const oracle = readFixture('distillation/fixtures/training-steps.json') as {
  readonly alpha: number;
  readonly temperature: number;
  readonly weightDecay: number;
  readonly theta: readonly number[];
  readonly x: readonly number[];
  readonly soft: readonly number[];
  readonly hard: readonly number[];
  readonly weights: readonly number[];
  readonly steps: readonly {
    readonly rate: number;
    readonly loss: number;
    readonly theta: readonly number[];
  }[];
};

const floats = (numbers: readonly number[], length = numbers.length): Float32Array => {
  const padded = new Float32Array(length);
  padded.set(numbers);
  return padded;
};

/** The oracle's rows in a batch of `batchRows`, the rest padded by rows of weight 0. */
const batchOf = (batchRows: number) => ({
  x: floats(oracle.x, batchRows * 4),
  soft: floats(oracle.soft, batchRows * 2),
  hard: floats(oracle.hard, batchRows * 2),
  rowWeights: floats(oracle.weights, batchRows),
});

const openOracleTrainer = (batchRows: number) =>
  openNetworkTrainer({
    architecture: mlp(4, [3], 2),
    shape: { inputSize: 4, classCount: 2, batchRows, weightDecay: oracle.weightDecay },
    loss: oracle,
    theta: floats(oracle.theta),
  });

describe('the training graph', () => {
  for (const { batchRows, name } of [
    { batchRows: 5, name: 'equals three steps written out in numpy' },
    { batchRows: 8, name: 'gives the same for a batch padded by rows of weight 0' },
  ]) {
    it(name, async () => {
      const trainer = await openOracleTrainer(batchRows);
      for (const { rate, loss, theta } of oracle.steps) {
        const own = await trainer.step(batchOf(batchRows), rate);

        assertNearAll([own], [loss], 2e-6);
        assertNearAll(trainer.weights(), theta, 1e-5);
      }
      await trainer.close();
    });
  }

  it('says the loss of the batch before the step', async () => {
    const trainer = await openOracleTrainer(5);
    const first = await trainer.step(batchOf(5), 0);
    const again = await trainer.step(batchOf(5), 0);
    await trainer.close();

    assert.equal(first, again);
  });
});

describe('the model graph', () => {
  const draw = seededDraw(11);

  for (const { name, architecture, inputSize } of [
    { name: 'an MLP', architecture: mlp(12, [5, 4], 3), inputSize: 12 },
    {
      name: 'a CNN',
      architecture: cnn(
        { width: 7, height: 5, channels: 1 },
        { channels: [2, 3, 2], hiddenSizes: [4] },
        3,
      ),
      inputSize: 35,
    },
  ]) {
    it(`exports ${name} that scores as in training`, async () => {
      const theta = Float32Array.from(
        { length: parameterCountOf(architecture) },
        () => 2 * draw() - 0.8,
      );
      const x = Float32Array.from({ length: 4 * inputSize }, draw);
      const trainer = await openNetworkTrainer({
        architecture,
        shape: { inputSize, classCount: 3, batchRows: 2, weightDecay: 0 },
        loss: { alpha: 1, temperature: 1 },
        theta,
      });
      const scored = await trainer.score(x, 4);
      await trainer.close();

      const model = buildModelGraph(architecture, { inputSize, theta });
      const rows = [0, 1, 2, 3].map((row) => x.slice(row * inputSize, (row + 1) * inputSize));
      const logits = (await scorePixels(model, rows, 3)).flatMap((row) => [...row]);

      assertNearAll(logits, scored, 1e-5); // A constant kernel is laid out anew by the runtime.
      assert.ok(new Set(logits).size > 3);
    });
  }
});
