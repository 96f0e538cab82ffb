import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { normalQuantile } from '../../src/routing/normal-quantile.js';

describe('quantiles of the standard normal distribution', () => {
  it('are those of Python (statistics.NormalDist().inv_cdf)', () => {
    for (const [share, z] of [
      [0.5, 0],
      [0.95, 1.6448536269514715],
      [0.975, 1.9599639845400536],
      [0.001, -3.090232306167813],
      [1 - 1e-6, 4.753424308817089],
    ] as const)
      assert.ok(Math.abs(normalQuantile(share) - z) < 1e-8, `of ${share}`);
  });

  it('are refused where they can not be told', () => {
    for (const share of [0, 1, NaN, -1]) assert.throws(() => normalQuantile(share), RangeError);
  });
});
