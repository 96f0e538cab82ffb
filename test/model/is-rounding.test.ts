import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isRounding } from '../../src/model/compare-runs.js';

describe('two answers to a row', () => {
  const differ = (one: readonly number[], other: readonly number[]): boolean =>
    !isRounding(Float32Array.from(one), Float32Array.from(other));

  it('are alike up to a thousandth of the largest score', () => {
    assert.ok(!differ([10, 0], [10, 0.009]));
    assert.ok(differ([10, 0], [10, 0.011]));
  });

  it('are alike where both have no number, or the same infinity', () => {
    assert.ok(!differ([NaN, 1], [NaN, 1]));
    assert.ok(!differ([-Infinity, 1.0001], [-Infinity, 1]));
    assert.ok(differ([NaN, 1], [1, 1]));
    assert.ok(differ([Infinity, 1], [-Infinity, 1]));
    assert.ok(differ([NaN, 1.01], [NaN, 1]));
  });
});
