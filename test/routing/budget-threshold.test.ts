import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { affordableShare, budgetThreshold } from '../../src/routing/budget-threshold.js';
import { assertNear } from './assert-near.js';

/** Expected numbers: `fixtures/budget-oracle.py`. */
describe('the share of rows that a budget can pay for', () => {
  const table = [
    [1000, 100, 0.04, 0.0625],
    [3600, 3600, 0.1, 1],
    [5000, 100, 0.04, 0],
    [200, 150, 0.5, 0.5],
  ] as const;
  for (const [rowsPerHour, callsPerHour, holdoutRate, expected] of table)
    it(`is ${expected} for ${callsPerHour} calls and ${rowsPerHour} rows an hour`, () => {
      assertNear(affordableShare({ rowsPerHour, callsPerHour, holdoutRate }), expected, 1e-12);
    });
});

describe('the threshold of a budget', () => {
  const confidences = Float64Array.from({ length: 100 }, (_, index) => ((index * 37) % 101) / 101);
  const table = [
    [0, 0],
    [0.1, 10],
    [0.105, 10],
    [0.5, 50],
    [0.99, 100],
    [0.999, 100],
  ] as const;
  for (const [share, expected] of table)
    it(`leaves a share of ${share} below it`, () => {
      assert.equal(budgetThreshold(confidences, share), expected / 101);
    });

  it('is none where every row can be paid for, or nothing is known of rows', () => {
    assert.equal(budgetThreshold(confidences, 1), null);
    assert.equal(budgetThreshold(new Float64Array(), 0.5), null);
  });

  it('leaves ties on the student’s side: no more is spent than there is', () => {
    const ties = Float64Array.of(0.5, 0.75, 0.5, 0.75, 0.5, 0.75, 0.5, 0.75, 0.5, 0.75);

    const found = [0.4, 0.5, 0.6].map((share) => budgetThreshold(ties, share));

    assert.deepEqual(found, [0.5, 0.75, 0.75]);
  });

  it('leaves the confidences as they were', () => {
    const given = Float64Array.of(0.9, 0.1, 0.5);
    budgetThreshold(given, 0.5);
    assert.deepEqual(given, Float64Array.of(0.9, 0.1, 0.5));
  });
});
