import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { balancingWeights, isSkewed } from '../../src/distillation/balancing-weights.js';
import { assertNearAll } from '../support/assert-near-all.js';

const rows = (...counts: number[]) =>
  counts.flatMap((count, label) => Array.from({ length: count }, () => ({ label })));

describe('weights of rows of rare classes', () => {
  it('are the root of what would make classes equal', () => {
    assertNearAll(
      balancingWeights(rows(8, 2)),
      [...Array<number>(8).fill(Math.sqrt(10 / 16)), ...Array<number>(2).fill(Math.sqrt(2.5))],
      1e-12,
    );
  });

  it('have a limit', () => {
    assert.equal(balancingWeights(rows(999, 1)).at(-1), 5);
  });

  it('are for classes of which one has five times the rows of another', () => {
    assert.equal(isSkewed(rows(5, 1)), true);
    assert.equal(isSkewed(rows(9, 2)), false);
  });
});
