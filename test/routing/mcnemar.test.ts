import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mcnemar } from '../../src/routing/mcnemar.js';
import { assertNear } from './assert-near.js';

describe('mcnemar', () => {
  // Oracle: fixtures/binomial-oracle.py (scipy.stats.binomtest, alternative 'greater').
  const oracle = [
    [0, 0, 1], // No discordant pair: nothing speaks against the candidate.
    [0, 5, 1],
    [5, 0, 0.03125],
    [9, 2, 0.03271484375],
    [7, 7, 0.604736328125],
    [60, 40, 0.028443966820490444],
  ] as const;
  for (const [lost, gained, expected] of oracle)
    it(`gives ${expected} for ${lost} lost and ${gained} gained`, () => {
      assertNear(mcnemar(lost, gained).pGreater, expected);
    });

  it('refuses counts that are not whole', () => {
    assert.throws(() => mcnemar(1.5, 2), RangeError);
  });
});
