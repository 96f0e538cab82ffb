import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { shareLimits } from '../../../src/distillation/bounds/share-limits.js';

const crowd = (count: number, each: number): [string, number][] =>
  Array.from({ length: count }, (_, k) => [`user-${k}`, each]);

function limitsOf(traffic: readonly (readonly [string, number])[], trusted = 0) {
  const total = traffic.reduce((sum, [, rows]) => sum + rows, trusted);
  const limitOf = shareLimits(new Map(traffic), { shareMax: 0.02, total });
  return (client: string): number => Number(limitOf(client).toPrecision(6));
}

describe('the share of a dataset that a client may have', () => {
  it('is all of it for the only one, and for who sends more than half', () => {
    assert.equal(limitsOf([['', 10]])(''), 1);
    assert.equal(limitsOf([['app', 501], ...crowd(499, 1)])('app'), 1);
    assert.equal(limitsOf([['app', 500], ...crowd(500, 1)])('app'), 0.02);
  });

  it('is what is usual among the others, so that few of about one size are not limited', () => {
    const limitOf = limitsOf([
      ['web', 40],
      ['mobile', 35],
      ['batch', 25],
    ]);

    // Python: (35/60)**2 + (25/60)**2 = 0.513889; (40/65)**2 + (25/65)**2; (40/75)**2 + (35/75)**2
    assert.deepEqual(['web', 'mobile', 'batch'].map(limitOf), [0.513889, 0.526627, 0.502222]);
    assert.ok(limitsOf(crowd(5, 7))('user-0') > 1 / 5);
  });

  it('is the least that is set for one that stands out among many', () => {
    const limitOf = limitsOf([['mallory', 30], ...crowd(100, 0.7)]);

    assert.equal(limitOf('mallory'), 0.02);
    assert.equal(limitOf('nobody'), 0.0949); // Python: (30/100)**2 + 100 * 0.007**2
  });

  it('is the least that is set for everybody beside a client that is trusted', () => {
    const limitOf = limitsOf([['mallory', 30]], 70);

    assert.equal(limitOf('mallory'), 0.02);
    assert.equal(limitsOf([['mallory', 30], ['app', 70]])('mallory'), 1); // prettier-ignore
  });
});
