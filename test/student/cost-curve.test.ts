import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chooseRunRows, createCostCurve } from '../../src/student/cost-curve.js';

const measured = [
  { rows: 1, ms: 3 },
  { rows: 4, ms: 6 },
  { rows: 8, ms: 14 },
];

describe('a cost curve', () => {
  it('is linear between its points, level below and straight on beyond', () => {
    const curve = createCostCurve(measured);

    assert.deepEqual(
      [1, 2, 4, 6, 8, 10].map((rows) => curve.runMs(rows)),
      [3, 4, 6, 10, 14, 18],
    );
    assert.equal(createCostCurve([{ rows: 2, ms: 5 }]).runMs(64), 5);
    assert.equal(createCostCurve(measured.slice(1)).runMs(1), 6);
  });

  it('does not believe a size that took longer than a larger one', () => {
    const disturbed = [{ rows: 1, ms: 3 }, { rows: 2, ms: 90 }, ...measured.slice(1)];

    const curve = createCostCurve(disturbed);

    assert.deepEqual(
      [1, 2, 4].map((rows) => curve.runMs(rows)),
      [3, 6, 6],
    );
  });

  it('follows the speed of the machine, at all sizes', () => {
    const curve = createCostCurve(measured);
    for (let run = 0; run < 22; run++) curve.observe(4, 18);

    assert.ok(Math.abs(curve.scale - (3 - 2 * 0.9 ** 22)) < 1e-12);
    assert.equal(curve.runMs(8), 14 * curve.scale);
  });

  it('takes one long pause as a run that was 4 times slower', () => {
    const curve = createCostCurve(measured);

    curve.observe(4, 6_000);

    assert.ok(Math.abs(curve.scale - 1.3) < 1e-12);
  });

  for (const points of [
    [],
    [{ rows: 0, ms: 1 }],
    [{ rows: 1.5, ms: 1 }],
    [{ rows: 1, ms: 0 }],
    [{ rows: 1, ms: NaN }],
    [{ rows: 1, ms: Infinity }],
    [measured[1]!, measured[0]!],
    [measured[0]!, measured[0]!],
  ])
    it(`refuses ${JSON.stringify(points)}`, () => {
      assert.throws(() => createCostCurve(points), RangeError);
    });
});

describe('the rows of the largest run', () => {
  // ms = 15 + rows, so rows per ms at 64 are 64/79, and 98 % of it takes 58 rows (57.9).
  const linear = createCostCurve([
    { rows: 1, ms: 16 },
    { rows: 64, ms: 79 },
  ]);

  for (const [latencyTargetMs, rows] of [
    [1_000, 58],
    [45, 30],
    [44.9, 29],
    [16, 1],
    [1, 1],
  ] as const)
    it(`are ${rows} for a target of ${latencyTargetMs} ms`, () => {
      assert.equal(chooseRunRows(linear, { latencyTargetMs, rowsMax: 64 }), rows);
    });

  it('are one where batches do not pay', () => {
    const flat = createCostCurve([
      { rows: 1, ms: 5 },
      { rows: 64, ms: 320 },
    ]);

    assert.equal(chooseRunRows(flat, { latencyTargetMs: 1_000, rowsMax: 64 }), 1);
  });
});
