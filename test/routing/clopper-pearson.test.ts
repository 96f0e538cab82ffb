import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { agreementInterval } from '../../src/routing/agreement-interval.js';
import {
  clopperPearsonInterval,
  clopperPearsonLower,
  clopperPearsonUpper,
} from '../../src/routing/clopper-pearson.js';
import { assertNear } from './assert-near.js';

describe('Clopper-Pearson bounds', () => {
  // Oracle: fixtures/binomial-oracle.py (bisection on 60-digit tails).
  const oracle = [
    [0, 59, 0.05, 0, 0.0495076098882269],
    [1, 1, 0.05, 0.05, 1],
    [20, 1000, 0.05, 0.0132930055345605, 0.0289301228513987],
    [200, 10_000, 0.05, 0.0177513834152038, 0.0224593530171023],
    [95, 100, 0.025, 0.887165088894537, 0.983568120817948],
    [1, 1_000_000, 0.05, 5.12932930720495e-8, 4.74385563820681e-6],
    [999_999, 1_000_000, 0.001, 0.999990766624535, 0.9999999989995],
    [980_000, 1_000_000, 0.05, 0.97976819070037, 0.980229752117695],
  ] as const;
  for (const [successes, trials, delta, low, high] of oracle)
    it(`match the oracle for ${successes} of ${trials} at delta ${delta}`, () => {
      assertNear(clopperPearsonLower({ successes, trials }, delta), low);
      assertNear(clopperPearsonUpper({ successes, trials }, delta), high);
    });

  it('leave nothing out without trials', () => {
    const interval = clopperPearsonInterval({ successes: 0, trials: 0 }, 0.1);

    assert.deepEqual(interval, { low: 0, high: 1 });
  });

  it('refuse counts and deltas that cannot be', () => {
    for (const bound of [clopperPearsonLower, clopperPearsonUpper]) {
      assert.throws(() => bound({ successes: 3, trials: 2 }, 0.1), RangeError);
      assert.throws(() => bound({ successes: -1, trials: 2 }, 0.1), RangeError);
      assert.throws(() => bound({ successes: 1, trials: 2 }, 0), RangeError);
      assert.throws(() => bound({ successes: 1, trials: 2 }, 1), RangeError);
    }
  });
});

describe('agreementInterval', () => {
  it('splits delta between both sides', () => {
    const interval = agreementInterval(95, 100, 0.05);

    assert.equal(interval.estimate, 0.95);
    assert.equal(interval.rows, 100);
    assertNear(interval.low, 0.887165088894537);
    assertNear(interval.high, 0.983568120817948);
  });

  it('knows nothing without rows', () => {
    assert.deepEqual(agreementInterval(0, 0, 0.1), { estimate: 0, low: 0, high: 1, rows: 0 });
  });
});
