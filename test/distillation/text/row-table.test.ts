import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RowTable } from '../../../src/distillation/text/row-table.js';

/** Two rows of six: one turn of four, and two left over. */
const numbers = (): Float32Array => Float32Array.of(9, 9, 9, 9, 9, 9, 1, 2, 3, 4, 5, 6);

describe('a table of rows', () => {
  it('adds a multiple of a row to a sum', () => {
    const sum = Float64Array.of(100, 200, 300, 400, 500, 600);

    new RowTable(numbers(), 6).addTo(sum, 1, 2);

    assert.deepEqual(sum, Float64Array.of(102, 204, 306, 408, 510, 612));
  });

  it('takes a multiple of a gradient from a row, and leaves the others as they are', () => {
    const table = numbers();

    new RowTable(table, 6).descend(1, 0.5, Float64Array.of(2, 2, 4, 4, 8, 8));

    assert.deepEqual(table, Float32Array.of(9, 9, 9, 9, 9, 9, 0, 1, 1, 2, 1, 2));
  });

  it('multiplies a row with factors', () => {
    const product = new RowTable(numbers(), 6).product(1, Float64Array.of(1, 10, 1, 10, 1, 10));

    assert.equal(product, 1 + 20 + 3 + 40 + 5 + 60);
  });
});
