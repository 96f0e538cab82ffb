import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  binomialLowerTail,
  logBinomialLowerTail,
  logBinomialUpperTail,
} from '../../src/routing/binomial.js';
import { assertNear } from './assert-near.js';

type Case = readonly [k: number, trials: number, probability: number, expected: number];

// Oracle: fixtures/binomial-oracle.py (the definition at 60 digits).
const logLowerTails: readonly Case[] = [
  [0, 1, 0.5, -0.69314718055994531],
  [0, 59, 0.05, -3.0263043688654816],
  [2, 124, 0.05, -3.0051812210113437],
  [2, 123, 0.05, -2.9677121343190779],
  [7, 30, 0.3, -1.2680609089184702],
  [25, 30, 0.3, -1.7837475075698837e-10],
  [15, 16, 0.9, -0.20493780974052028],
  [14, 1000, 0.02, -2.2776174365993899],
  [40, 1000, 0.02, -2.0316228253682199e-5],
  [950, 1000, 0.97, -7.7734324024384465],
  [999, 1000, 0.999, -0.4583840780920381],
  [0, 1_000_000, 1e-6, -1.0000005000003333],
  [5, 1_000_000, 1e-6, -0.00059435528038565984],
  [49_500, 1_000_000, 0.05, -4.5215483596562068],
  [50_000, 1_000_000, 0.05, -0.69077039888836196],
  [50_700, 1_000_000, 0.05, -0.00066915272137766913],
  [45_000, 1_000_000, 0.05, -275.90995490893279],
  [1, 1_000_000, 0.9, -2302569.0802587995],
  [498_000, 1_000_000, 0.5, -10.355897462903859],
  [3, 5000, 1e-12, -2.6010428019791519e-35],
];
const logUpperTails: readonly Case[] = [
  [1, 1_000_000, 1e-8, -4.6101660143498552],
  [2, 2, 1e-8, -36.841361487904731],
  [30, 30, 0.3, -36.119184129778081],
  [12, 30, 0.3, -1.8368292560577397],
  [51_000, 1_000_000, 0.05, -12.935304441779873],
];

/** An error in the log is a share of the tail. Logs in the millions end in 1e-9 themselves. */
function assertLogNear(actual: number, expected: number): void {
  const rounding = 4 * Number.EPSILON * Math.abs(expected);
  const tolerance = Math.min(1e-11, 1e-11 * Math.abs(expected)) + rounding;
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);
}

describe('the lower tail of the binomial', () => {
  for (const [k, trials, probability, expected] of logLowerTails)
    it(`matches the oracle at k=${k}, n=${trials}, p=${probability}`, () => {
      const binomial = { trials, probability };

      assertLogNear(logBinomialLowerTail(k, binomial), expected);
      assertNear(binomialLowerTail(k, binomial), Math.exp(expected));
    });

  it('is what counting gives for every k and n up to 40', () => {
    for (let trials = 0; trials <= 40; trials++)
      for (const probability of [0.001, 0.2, 0.5, 0.93]) {
        let pmf = (1 - probability) ** trials;
        let sum = 0;
        for (let k = 0; k <= trials; k++) {
          sum += pmf;
          pmf *= ((trials - k) * probability) / ((k + 1) * (1 - probability));
          assertNear(binomialLowerTail(k, { trials, probability }), sum, 1e-11);
        }
      }
  });

  it('grows with k and falls with p, without a step at the mean', () => {
    const tails = Array.from({ length: 101 }, (_, k) =>
      logBinomialLowerTail(k, { trials: 100, probability: 0.37 }),
    );
    for (let k = 1; k <= 100; k++) assert.ok(tails[k]! >= tails[k - 1]!);

    const byChance = Array.from({ length: 99 }, (_, percent) =>
      logBinomialLowerTail(37, { trials: 100, probability: (percent + 1) / 100 }),
    );
    for (let i = 1; i < 99; i++) assert.ok(byChance[i]! <= byChance[i - 1]!);
  });

  it('is 0 or 1 where nothing is left to chance', () => {
    assert.equal(binomialLowerTail(-1, { trials: 5, probability: 0.5 }), 0);
    assert.equal(binomialLowerTail(5, { trials: 5, probability: 0.5 }), 1);
    assert.equal(binomialLowerTail(7, { trials: 5, probability: 0.5 }), 1);
    assert.equal(binomialLowerTail(0, { trials: 0, probability: 0.5 }), 1);
    assert.equal(binomialLowerTail(0, { trials: 5, probability: 0 }), 1);
    assert.equal(binomialLowerTail(4, { trials: 5, probability: 1 }), 0);
  });

  it('refuses what is not a binomial', () => {
    for (const [k, trials, probability] of [
      [0.5, 5, 0.5],
      [1, 5.5, 0.5],
      [1, -1, 0.5],
      [1, 5, -0.1],
      [1, 5, 1.1],
      [1, 5, Number.NaN],
    ] as const) {
      assert.throws(() => logBinomialLowerTail(k, { trials, probability }), RangeError);
      assert.throws(() => logBinomialUpperTail(k, { trials, probability }), RangeError);
    }
  });
});

describe('the upper tail of the binomial', () => {
  for (const [k, trials, probability, expected] of logUpperTails)
    it(`matches the oracle at k=${k}, n=${trials}, p=${probability}`, () => {
      assertLogNear(logBinomialUpperTail(k, { trials, probability }), expected);
    });

  it('and the lower tail below it make 1', () => {
    const binomial = { trials: 50, probability: 0.3 };
    for (let k = 0; k <= 50; k++)
      assertNear(
        Math.exp(logBinomialUpperTail(k, binomial)) + binomialLowerTail(k - 1, binomial),
        1,
      );
  });
});
