import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { clopperPearsonInterval } from '../../src/routing/clopper-pearson.js';
import { confidenceSequence } from '../../src/routing/confidence-sequence.js';
import { seededDraw } from '../support/seeded-draw.js';

const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual}, expected ${expected}`);

describe('confidenceSequence', () => {
  // Oracle: fixtures/confidence-sequence-oracle.py (products of factors in 60 digits).
  const oracle = [
    [0, 1, 0.1, 0, 1],
    [9, 10, 0.1, 0.44442551739640235, 1],
    [95, 100, 0.05, 0.844031043017766, 0.9935352768779403],
    [1000, 1000, 0.1, 0.9954238997479281, 1],
    [0, 1000, 0.1, 0, 0.004576100252071894],
    [4900, 5000, 0.1, 0.9731568655171913, 0.9856351184101084],
    [980_000, 1_000_000, 0.1, 0.9795512842354237, 0.9804424865793515],
  ] as const;
  for (const [successes, trials, delta, low, high] of oracle)
    it(`bounds ${successes} of ${trials} as the oracle does`, () => {
      const interval = confidenceSequence({ successes, trials }, delta);

      near(interval.low, low);
      near(interval.high, high);
    });

  it('knows nothing before the first outcome', () => {
    assert.deepEqual(confidenceSequence({ successes: 0, trials: 0 }, 0.1), { low: 0, high: 1 });
  });

  it('mirrors when successes and failures change places', () => {
    const own = confidenceSequence({ successes: 37, trials: 500 }, 0.1);
    const mirrored = confidenceSequence({ successes: 463, trials: 500 }, 0.1);

    near(own.low, 1 - mirrored.high);
    near(own.high, 1 - mirrored.low);
  });

  it('is wider than the interval for one look, and not twice as wide', () => {
    for (const [successes, trials] of [
      [190, 200],
      [970, 1000],
      [9_900, 10_000],
    ] as const) {
      const once = clopperPearsonInterval({ successes, trials }, 0.1);
      const always = confidenceSequence({ successes, trials }, 0.1);

      const ratio = (always.high - always.low) / (once.high - once.low);
      assert.ok(ratio > 1 && ratio < 2, `${ratio} times as wide on ${trials}`);
    }
  });

  const delta = 0.1;
  const streams = 400;
  const rowsPerStream = 1500;

  /** Share of streams in which the mean so far is outside at some outcome; looks at each tenth. */
  function missShare(
    chanceAt: (row: number, successes: number) => number,
    intervalOf: (successes: number, trials: number) => { low: number; high: number },
  ): number {
    const draw = seededDraw(17);
    let missed = 0;
    for (let stream = 0; stream < streams; stream++) {
      let [successes, sumOfChances, isMissed] = [0, 0, false];
      for (let trials = 1; trials <= rowsPerStream && !isMissed; trials++) {
        const chance = chanceAt(trials, successes);
        sumOfChances += chance;
        successes += Number(draw() < chance);
        if (trials % 10 !== 0) continue;
        const { low, high } = intervalOf(successes, trials);
        const mean = sumOfChances / trials;
        isMissed = mean < low || mean > high;
      }
      missed += Number(isMissed);
    }
    return missed / streams;
  }
  /** Of two counts alone, which streams share: each is computed once. */
  const known = new Map<number, ReturnType<typeof confidenceSequence>>();
  function sequence(successes: number, trials: number) {
    const counts = trials * (rowsPerStream + 1) + successes;
    const interval = known.get(counts) ?? confidenceSequence({ successes, trials }, delta);
    known.set(counts, interval);
    return interval;
  }

  const worlds: Readonly<Record<string, (row: number, successes: number) => number>> = {
    'agreement stays at 95 %': () => 0.95,
    'agreement falls and rises again': (row) => 0.9 + 0.1 * Math.cos(row / 100),
    'agreement depends on what has been seen': (row, successes) =>
      successes / row > 0.9 ? 0.85 : 0.97,
  };
  for (const [name, chanceAt] of Object.entries(worlds))
    it(`is ever wrong in at most 10 % of streams when ${name}`, () => {
      const share = missShare(chanceAt, sequence);

      assert.ok(share <= delta, `${share} of the streams`);
    });

  it('holds where the interval for one look fails, because it is looked at again and again', () => {
    const once = (successes: number, trials: number) =>
      clopperPearsonInterval({ successes, trials }, delta);

    assert.ok(missShare(() => 0.9, once) > 2 * delta);
  });

  it('refuses counts and shares that cannot be', () => {
    const bad = [
      [{ successes: 3, trials: 2 }, 0.1],
      [{ successes: -1, trials: 2 }, 0.1],
      [{ successes: 0.5, trials: 2 }, 0.1],
      [{ successes: 1, trials: Number.NaN }, 0.1],
      [{ successes: 1, trials: 2 }, 0],
      [{ successes: 1, trials: 2 }, 1],
    ] as const;
    for (const [count, share] of bad)
      assert.throws(() => confidenceSequence(count, share), RangeError);
  });
});
