import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fitNovelty, noveltyOf } from '../../src/routing/novelty.js';
import { assertNear } from './assert-near.js';

const fraction = (value: number): number => value - Math.floor(value);

/** The rows of fixtures/novelty-oracle.py. */
const rowsOf = (count: number, features: number): Float32Array[] =>
  Array.from({ length: count }, (_, row) =>
    Float32Array.from({ length: features }, (_, f) => {
      const level = Math.round(fraction((row + 1) * (0.6180339887498949 + 0.1 * f)) * 64);
      return (level / 64) * (f + 1);
    }),
  );

describe('fitNovelty', () => {
  // Oracle: fixtures/novelty-oracle.py.
  const oracle = [
    {
      ...{ count: 400, features: 3, share: 0.01, max: 4.080511178947001, above: 4 },
      means: [0.500859375, 0.99171875, 1.5478125],
      deviations: [0.28843131045295584, 0.5764585568568112, 0.8620408084706606],
    },
    {
      ...{ count: 250, features: 2, share: 0.1, max: 1.9111786625321798, above: 25 },
      means: [0.4993125, 0.994875],
      deviations: [0.28790480333132684, 0.5755170094141441],
    },
    {
      ...{ count: 100, features: 1, share: 0.005, max: 1.681798235229893, above: 0 },
      means: [0.50078125],
      deviations: [0.2875456400594304],
    },
  ];
  for (const { count, features, share, max, above, means, deviations } of oracle)
    it(`gives the oracle's limit for ${count} rows of ${features} features`, () => {
      const rows = rowsOf(count, features);

      const fit = fitNovelty(rows, share);

      assertNear(fit.max!, max, 1e-12);
      means.forEach((mean, f) => assertNear(fit.means[f]!, mean, 1e-12));
      deviations.forEach((deviation, f) => assertNear(fit.deviations[f]!, deviation, 1e-12));
      assert.equal(rows.filter((row) => noveltyOf(row, fit) > fit.max!).length, above);
    });

  it('calls nothing out of scope for fewer than 100 rows, or a share of 0', () => {
    assert.equal(fitNovelty(rowsOf(99, 2), 0.1).max, null);
    assert.equal(fitNovelty(rowsOf(400, 2), 0).max, null);
    assert.equal(fitNovelty([], 0.01).max, null);
  });

  it('lets a feature that never varies count as it is', () => {
    const fit = fitNovelty(
      Array.from({ length: 100 }, () => Float32Array.of(3)),
      0.01,
    );

    assert.deepEqual(fit, { means: [3], deviations: [1], max: 0 });
  });

  it('refuses rows of different lengths, what is not finite, and shares that are none', () => {
    assert.throws(() => fitNovelty([Float32Array.of(1), Float32Array.of(1, 2)], 0.1), RangeError);
    assert.throws(() => fitNovelty([Float32Array.of(NaN)], 0.1), RangeError);
    for (const share of [-0.1, 1, NaN]) assert.throws(() => fitNovelty([], share), RangeError);
  });
});

describe('noveltyOf', () => {
  it('reads the last values alone, whatever number of classes is before them', () => {
    const fit = { means: [1, 2], deviations: [2, 0.5] };

    assert.equal(noveltyOf(Float32Array.of(3, 3), fit), 1 + 2);
    assert.equal(noveltyOf(Float32Array.of(9, 9, 9, 3, 3), fit), 1 + 2);
  });
});
