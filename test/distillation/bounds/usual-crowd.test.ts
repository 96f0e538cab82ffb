import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { usualCrowd } from '../../../src/distillation/bounds/usual-crowd.js';

const keysOf = (rows: readonly (readonly number[])[]) => rows.map((row) => Float64Array.from(row));
const ones = (count: number): number[] => Array.from({ length: count }, () => 1);

describe('the usual crowd', () => {
  it('is of the median row, by the key that it shares with most', () => {
    // Key 1 has 3 rows, key 2 has 2, key 7 twice in one row is one row: crowds 3, 3, 3, 2, 1.
    const keys = keysOf([
      [1, 5],
      [1, 2],
      [1, 6],
      [2, 8],
      [7, 7],
    ]);

    assert.equal(usualCrowd(keys, ones(5)), 3);
    assert.equal(usualCrowd(keys.slice(1), ones(4)), 2);
  });

  it('is not what just half of the rows make of it', () => {
    const keys = keysOf([[1], [1], [1], [2], [3], [4]]);

    assert.equal(usualCrowd(keys, ones(6)), 1);
    assert.equal(usualCrowd([...keys, Float64Array.of(1)], ones(7)), 4);
  });

  it('counts rows by their weights, and alike where none has one', () => {
    const keys = keysOf([[1], [1], [1], [2]]);

    assert.equal(usualCrowd(keys, [0.1, 0.1, 0.1, 0.4]), 1);
    assert.equal(usualCrowd(keys, [0, 0, 0, 0]), 3);
    assert.equal(usualCrowd([], []), 0);
  });
});
