import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chooseRate } from '../../../src/distillation/continued/choose-rate.js';

const labels = Array.from({ length: 40 }, (_, row) => row % 2);

/** @param right  of the 40 rows, what each rate gets right; null where it breaks. */
async function choose(right: Readonly<Record<number, number | null>>) {
  const rightOf = (rate: number): number | null => right[rate] ?? null;
  let nowMs = 0;
  return chooseRate({
    labels,
    async train({ rate, onStep }) {
      nowMs += 1_000;
      onStep({ step: 9, stepsMax: 10, loss: 1, validationLoss: null });
      const rows = rightOf(rate);
      return { theta: Float32Array.of(rows ?? 20), diverged: rows === null ? 'it is NaN' : null };
    },
    score: async ([rows]) =>
      labels.map((label, row) => Float32Array.of(Number((label === 0) === row < rows!) * 4, 2)),
    onTrial: () => () => undefined,
    now: () => nowMs,
  });
}

describe('the learning rate of a brought student', () => {
  it('is the one that is best on the validation rows', async () => {
    const rates = [];
    for (const right of [
      { 0.005: 40, 0.0005: 30, 0.00005: 20 },
      { 0.005: 20, 0.0005: 40, 0.00005: 30 },
      { 0.005: 20, 0.0005: 30, 0.00005: 40 },
    ])
      rates.push((await choose(right)).rate);

    assert.deepEqual(rates, [5e-3, 5e-4, 5e-5]);
  });

  it('is the middle one where it is as good as any, and foretells a whole training', async () => {
    const { rate, trials, seconds } = await choose({ 0.005: 40, 0.0005: 40, 0.00005: 20 });

    assert.equal(rate, 5e-4);
    assert.deepEqual(
      trials.map(({ agreement }) => agreement),
      [1, 1, 0.5],
    );
    assert.equal(seconds, 4); // Ten steps of a quarter took a second.
  });

  it('is none that breaks; it is an error where all do', async () => {
    const { rate } = await choose({ 0.005: null, 0.0005: null, 0.00005: 30 });

    assert.equal(rate, 5e-5);
    await assert.rejects(choose({ 0.005: null, 0.0005: null, 0.00005: null }), {
      name: 'RangeError',
      message: /^No learning rate trains this student; learning rate 0\.005: it is NaN; /,
    });
  });
});
