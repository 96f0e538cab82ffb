import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mlp, parameterCountOf } from '../../src/distillation/architecture.js';
import { initialWeights, openNetworkTrainer } from '../../src/distillation/network-trainer.js';
import { createNormalDraw } from '../../src/distillation/seeded-draw.js';
import { seededDraw } from '../support/seeded-draw.js';

/** XOR: no straight line parts the two classes. */
const xor = {
  x: Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1),
  soft: Float32Array.of(1, 0, 0, 1, 0, 1, 1, 0),
  hard: Float32Array.of(1, 0, 0, 1, 0, 1, 1, 0),
  rowWeights: new Float32Array(4).fill(0.25),
};
const architecture = mlp(2, [8], 2);
const open = (theta: Float32Array) =>
  openNetworkTrainer({
    architecture,
    shape: { inputSize: 2, classCount: 2, batchRows: 4, weightDecay: 0 },
    loss: { alpha: 0.5, temperature: 1 },
    theta,
  });
const startOf = (seed: number): Float32Array =>
  initialWeights(architecture, createNormalDraw(seededDraw(seed)));

describe('a network trainer', () => {
  it('learns XOR', async () => {
    const trainer = await open(startOf(3));
    const losses: number[] = [];
    for (let step = 0; step < 300; step++) losses.push(await trainer.step(xor, 0.02));
    const logits = await trainer.score(xor.x, 4);
    await trainer.close();

    assert.ok(losses[0]! > 0.5 && losses.at(-1)! < 0.02, `${losses[0]!} to ${losses.at(-1)!}`);
    const labels = [0, 1, 2, 3].map((row) => Number(logits[2 * row + 1]! > logits[2 * row]!));
    assert.deepEqual(labels, [0, 1, 1, 0]);
  });

  it('takes the same way from the same start, to the last bit', async () => {
    const train = async (): Promise<Float32Array> => {
      const trainer = await open(startOf(3));
      for (let step = 0; step < 50; step++) await trainer.step(xor, 0.02);
      const theta = trainer.weights();
      await trainer.close();
      return theta;
    };

    assert.deepEqual(await train(), await train());
  });

  it('gives copies of its weights, and keeps its own copy of the start', async () => {
    const start = startOf(4);
    const trainer = await open(start);
    const before = trainer.weights();
    start.fill(0);
    before.fill(0);
    const kept = trainer.weights();
    await trainer.step(xor, 0.1);
    const after = trainer.weights();
    await trainer.close();

    assert.deepEqual(kept, startOf(4));
    assert.notDeepEqual(after, kept);
  });

  it('scores other weights than its own where asked', async () => {
    const trainer = await open(startOf(4));
    const own = await trainer.score(xor.x, 4);
    const others = await trainer.score(xor.x, 4, startOf(5));
    const zeros = await trainer.score(xor.x, 4, new Float32Array(parameterCountOf(architecture)));
    await trainer.close();

    assert.notDeepEqual(own, others);
    assert.deepEqual(zeros, new Float32Array(8));
  });

  it('refuses a batch of another size', async () => {
    const trainer = await open(startOf(4));

    await assert.rejects(trainer.step({ ...xor, x: new Float32Array(6) }, 0.1), {
      name: 'RangeError',
      message: 'A batch has 4 x 2 values, got 6.',
    });
    await trainer.close();
  });
});

describe('initialWeights', () => {
  it('spreads weights by their fan-in, and starts biases at 0', () => {
    const wide = mlp(200, [100], 50);
    const theta = initialWeights(wide, createNormalDraw(seededDraw(7)));

    const parts = [
      { name: 'first layer', start: 0, size: 200 * 100, fanIn: 200 },
      { name: 'second layer', start: 200 * 100 + 100, size: 100 * 50, fanIn: 100 },
    ];
    for (const { name, start, size, fanIn } of parts) {
      const weights = theta.subarray(start, start + size);
      const mean = weights.reduce((sum, weight) => sum + weight, 0) / size;
      const square = weights.reduce((sum, weight) => sum + weight ** 2, 0) / size;
      // He et al.: variance 2 / fanIn. Five standard errors of a mean and of a variance.
      assert.ok(Math.abs(mean) < 5 * Math.sqrt(2 / fanIn / size), `${name}: mean ${mean}`);
      assert.ok(Math.abs(square * (fanIn / 2) - 1) < 5 * Math.sqrt(2 / size), `${name}: ${square}`);
    }
    assert.deepEqual(theta.slice(20_000, 20_100), new Float32Array(100));
    assert.deepEqual(theta.slice(25_100), new Float32Array(50));
  });
});
