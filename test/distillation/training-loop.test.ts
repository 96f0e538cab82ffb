import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  learningRateAt,
  runTrainingLoop,
  type TrainingPlan,
} from '../../src/distillation/training-loop.js';
import { FakeNetworkTrainer } from '../fakes/fake-network-trainer.js';
import { assertNearAll } from '../support/assert-near-all.js';

const empty = new Float32Array(0);
const nextBatch = () => ({ x: empty, soft: empty, hard: empty, rowWeights: empty });
const plan: TrainingPlan = {
  steps: 100,
  learningRate: 0.1,
  warmUpSteps: 0,
  validateEverySteps: 10,
  patience: 3,
};

/** Runs the loop; the weights that come back are the number of steps that made them. */
async function train(options: {
  readonly plan?: Partial<TrainingPlan>;
  readonly lossOf?: (step: number) => number;
  readonly validationLosses?: readonly number[];
  readonly startLoss?: number;
  /** Steps that there is time for. */
  readonly stepsInTime?: number;
}) {
  const trainer = new FakeNetworkTrainer(options.lossOf);
  const steps: { step: number; loss: number; validationLoss: number | null }[] = [];
  const losses = options.validationLosses?.[Symbol.iterator]();
  const theta = await runTrainingLoop(
    {
      trainer,
      nextBatch,
      validate: losses ? () => Promise.resolve(losses.next().value!) : null,
      ...(options.startLoss === undefined ? {} : { startLoss: options.startLoss }),
      ...(options.stepsInTime === undefined
        ? {}
        : { isOver: () => steps.length + 1 >= options.stepsInTime! }),
      onStep: (step) => steps.push(step),
    },
    { ...plan, ...options.plan },
  );
  return { trainer, steps, madeBySteps: theta[0]! };
}

describe('the learning rate', () => {
  it('looks a last time when time is up, and gives the weights of the best look', async () => {
    const cut = (...validationLosses: readonly number[]) =>
      train({ validationLosses, stepsInTime: 14 });

    const [late, early] = [await cut(0.5, 0.4), await cut(0.4, 0.5)];

    assert.deepEqual([late.madeBySteps, early.madeBySteps], [14, 10]);
    assert.equal(early.steps.length, 14);
    assert.equal((await train({ stepsInTime: 14 })).madeBySteps, 14);
  });

  it('gives the weights at the start where no look is better', async () => {
    const validationLosses = [0.5, 0.4, 0.45, 0.5, 0.6];

    const worse = await train({ validationLosses, startLoss: 0.3 });
    const better = await train({ validationLosses, startLoss: 0.42 });

    assert.equal(worse.madeBySteps, 0);
    assert.equal(worse.steps.length, 30); // Three looks without a better one.
    assert.equal(better.madeBySteps, 20);
  });

  it('rises in equal steps to its highest, then falls along half a cosine', () => {
    const shape = { ...plan, steps: 12, learningRate: 0.4, warmUpSteps: 4 };

    const rates = Array.from({ length: 12 }, (_, step) => learningRateAt(step, shape));

    // Python: 0.4 * (1 + cos(pi * k / 8)) / 2, k = 0..7.
    const falling = [
      ...[0.4, 0.38477591, 0.34142136, 0.27653669],
      ...[0.2, 0.12346331, 0.05857864, 0.01522409],
    ];
    assertNearAll(rates, [0.1, 0.2, 0.3, 0.4, ...falling], 1e-8);
  });

  it('falls from the first step on without a warm-up', () => {
    const two = { ...plan, steps: 2, learningRate: 1 };

    assertNearAll([learningRateAt(0, two), learningRateAt(1, two)], [1, 0.5], 1e-12);
  });

  it('only rises when the plan is shorter than its warm-up', () => {
    const short = { ...plan, steps: 3, learningRate: 1, warmUpSteps: 10 };

    assertNearAll(
      [0, 1, 2].map((step) => learningRateAt(step, short)),
      [0.1, 0.2, 0.3],
      1e-12,
    );
  });

  it('is what each step of training gets', async () => {
    const { trainer } = await train({ plan: { steps: 5, warmUpSteps: 2 } });

    assert.deepEqual(
      trainer.rates,
      [0, 1, 2, 3, 4].map((step) => learningRateAt(step, { ...plan, steps: 5, warmUpSteps: 2 })),
    );
  });
});

describe('the training loop', () => {
  it('makes every step of the plan without validation, and gives the last weights', async () => {
    const { steps, madeBySteps } = await train({ lossOf: (step) => 10 - step / 10 });

    assert.equal(madeBySteps, 100);
    assert.deepEqual(steps[7], { step: 7, loss: 9.3, validationLoss: null });
    assert.equal(steps.length, 100);
  });

  it('gives the weights of the best look, not the last ones', async () => {
    const { steps, madeBySteps } = await train({
      plan: { steps: 50 },
      validationLosses: [5, 3, 2, 4, 3],
    });

    assert.equal(madeBySteps, 30);
    assert.equal(steps.length, 50);
    assert.equal(steps[29]!.validationLoss, 2);
    assert.equal(steps[28]!.validationLoss, null);
  });

  it('stops when so many looks in a row were no better', async () => {
    const { steps, madeBySteps } = await train({
      validationLosses: [5, 3, 3, 4, 3, 1, 1, 1, 1, 1],
    });

    assert.equal(steps.length, 50); // Looks 3, 4 and 5 are not below look 2.
    assert.equal(madeBySteps, 20);
  });

  it('is patient again after each better look', async () => {
    const { steps, madeBySteps } = await train({
      validationLosses: [9, 9.5, 9.5, 8, 9.5, 9.5, 7, 9.5, 9.5, 6],
    });

    assert.equal(steps.length, 100);
    assert.equal(madeBySteps, 100);
  });

  it('looks once more at the end of the plan', async () => {
    const { steps, madeBySteps } = await train({
      plan: { steps: 15 },
      validationLosses: [2, 1],
    });

    assert.deepEqual(
      steps.flatMap(({ step, validationLoss }) => (validationLoss === null ? [] : [step])),
      [9, 14],
    );
    assert.equal(madeBySteps, 15);
  });

  for (const diverged of [NaN, Infinity]) {
    it(`throws when the loss becomes ${diverged}`, async () => {
      const training = train({ lossOf: (step) => (step === 7 ? diverged : 1) });

      await assert.rejects(training, {
        name: 'RangeError',
        message: `The loss at step 7 is ${diverged}.`,
      });
    });

    it(`throws when the validation loss is ${diverged}, and gives no weights`, async () => {
      const training = train({ validationLosses: [diverged, diverged, diverged] });

      await assert.rejects(training, {
        name: 'RangeError',
        message: `The validation loss at step 9 is ${diverged}.`,
      });
    });
  }
});
