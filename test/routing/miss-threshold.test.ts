import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fitMissThreshold, flawlessRowsMin } from '../../src/routing/miss-threshold.js';
import { seededDraw } from '../support/seeded-draw.js';

/** Expected numbers: `fixtures/miss-oracle.py`. */
const rowsOf = (count: number, every: number) => ({
  confidences: Float64Array.from({ length: count }, (_, row) => ((row * 37) % 101) / 128),
  isOtherLabel: Array.from({ length: count }, (_, row) => row % every === 0),
});
/** The number before it, as float64 has them. */
const isJustAbove = (x: number, below: number): boolean => x > below && x - below < 1e-15;

describe('the rows that must be there before a label can be promised not to be missed', () => {
  for (const [missMax, delta, expected] of [
    [0.01, 0.1, 230],
    [0.05, 0.05, 59],
    [0.2, 0.1, 11],
    [0.01, 0.05, 299],
  ] as const)
    it(`are ${expected} for ${missMax} and ${delta}`, () => {
      assert.equal(flawlessRowsMin(missMax, delta), expected);
    });

  it('are said to be missing, one by one', () => {
    const fit = fitMissThreshold({ ...rowsOf(50, 100), missMax: 0.05, delta: 0.05 });
    assert.deepEqual(fit, { kind: 'not-certified', rowsMissing: 9 });
  });
});

describe('the confidence from which other labels may be given', () => {
  for (const [count, every, missMax, above, misses] of [
    [60, 7, 0.2, 0.1015625, 7],
    [100, 9, 0.05, 0.703125, 1],
    [60, 59, 0.05, 0.484375, 0],
  ] as const)
    it(`is just above ${above} for one miss in ${every} of ${count} rows`, () => {
      const fit = fitMissThreshold({ ...rowsOf(count, every), missMax, delta: 0.1 });

      assert.ok(fit.kind === 'certified');
      assert.ok(isJustAbove(fit.threshold, above), String(fit.threshold));
      assert.deepEqual([fit.rows, fit.misses], [count, misses]);
    });

  it('is none where even all misses together pass', () => {
    const fit = fitMissThreshold({ ...rowsOf(60, 20), missMax: 0.2, delta: 0.1 });
    assert.deepEqual(fit, { kind: 'certified', threshold: 0, rows: 60, misses: 3 });
  });

  it('leaves out a tie as a whole', () => {
    const confidences = Float64Array.from({ length: 100 }, (_, row) => (row < 60 ? 0.5 : 0.75));
    const isOtherLabel = Array.from(
      { length: 100 },
      (_, row) => row < 20 || [60, 61].includes(row),
    );

    const fit = fitMissThreshold({ confidences, isOtherLabel, missMax: 0.1, delta: 0.1 });

    assert.ok(fit.kind === 'certified' && isJustAbove(fit.threshold, 0.5));
    assert.equal(fit.misses, 2);
  });

  it('refuses what is no question', () => {
    const asked = { ...rowsOf(20, 2), missMax: 0.2, delta: 0.1 };

    assert.throws(() => fitMissThreshold({ ...asked, isOtherLabel: [] }), RangeError);
    assert.throws(() => fitMissThreshold({ ...asked, missMax: 0 }), RangeError);
    assert.throws(() => fitMissThreshold({ ...asked, delta: 1 }), RangeError);
    const confidences = new Float64Array(20).fill(NaN);
    assert.throws(() => fitMissThreshold({ ...asked, confidences }), RangeError);
  });

  it('misses more than promised in at most a share delta of 3 000 seeded worlds', () => {
    const delta = 0.1;
    const missMax = 0.05;
    const worlds = 3_000;
    let violations = 0;
    let certified = 0;
    for (let seed = 1; seed <= worlds; seed++) {
      const draw = seededDraw(seed);
      // A row is missed with chance 0.4 (1 - c), c uniform: at t that is 0.2 (1 - t)^2 of all.
      const confidences = Float64Array.from({ length: 200 }, draw);
      const isOtherLabel = [...confidences].map((c) => draw() < 0.4 * (1 - c));
      const fit = fitMissThreshold({ confidences, isOtherLabel, missMax, delta });
      if (fit.kind === 'not-certified') continue;
      certified++;
      if (0.2 * (1 - fit.threshold) ** 2 > missMax) violations++;
    }

    // Three standard deviations above what is allowed; a fit that never passes proves nothing.
    const limit = delta * worlds + 3 * Math.sqrt(worlds * delta * (1 - delta));
    assert.ok(violations <= limit, `${violations} of ${worlds}`);
    assert.ok(violations > 0.3 * delta * worlds, `only ${violations}: delta is not made use of`);
    assert.equal(certified, worlds);
  });
});
