import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { areaUnderRiskCoverage } from '../../src/routing/risk-coverage.js';
import { assertNear } from './assert-near.js';

const rowsOf = (rows: readonly (readonly [number, 0 | 1])[]) => ({
  confidences: Float64Array.from(rows, ([confidence]) => confidence),
  disagrees: rows.map(([, wrong]) => wrong === 1),
});

describe('areaUnderRiskCoverage', () => {
  // Oracle: fixtures/scores-oracle.py (the mean over all orders of tied rows, in fractions).
  const oracle = [
    {
      name: 'rows without ties',
      rows: [[0.9, 0], [0.8, 1], [0.7, 0], [0.6, 0], [0.5, 1]],
      expected: 0.2966666666666667,
    },
    {
      name: 'two ties',
      rows: [[0.9, 1], [0.9, 0], [0.7, 0], [0.5, 1], [0.5, 0], [0.5, 1], [0.1, 0]],
      expected: 0.4493197278911565,
    },
    {
      name: 'one tie of all rows',
      rows: [[0.5, 1], [0.5, 0], [0.5, 0], [0.5, 0], [0.5, 0], [0.5, 1]],
      expected: 0.3333333333333333,
    },
    {
      name: 'a tie before another',
      rows: [[0.5, 1], [0.5, 0], [0.5, 0], [0.5, 1], [0.5, 1], [0.2, 0], [0.2, 1], [0.2, 1]],
      expected: 0.6068948412698413,
    },
  ] as const; // prettier-ignore
  for (const { name, rows, expected } of oracle)
    it(`gives the oracle's area for ${name}`, () => {
      assertNear(areaUnderRiskCoverage(rowsOf(rows)), expected, 1e-12);
      assertNear(areaUnderRiskCoverage(rowsOf(rows.toReversed())), expected, 1e-12);
    });

  it('is 0 when no row is wrong, 1 when all are', () => {
    assert.equal(areaUnderRiskCoverage(rowsOf([[0.4, 0], [0.9, 0]])), 0); // prettier-ignore
    assert.equal(areaUnderRiskCoverage(rowsOf([[0.4, 1], [0.9, 1]])), 1); // prettier-ignore
  });

  it('refuses to speak of no rows', () => {
    assert.throws(() => areaUnderRiskCoverage(rowsOf([])), RangeError);
  });
});
