import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createUnusableRows } from '../../src/task/unusable-rows.js';

describe('rows that are left out', () => {
  it('are told of by reason, the most frequent first, with their first places', () => {
    const rows = createUnusableRows();
    rows.add('row 2', 'label must be a label, got nothing.');
    for (const row of [3, 5, 8, 9]) rows.add(`row ${row}`, `text has ${row}000 characters.`);

    assert.equal(rows.count, 5);
    assert.deepEqual(rows.reasons(), [
      '4: text has 3000 characters. (row 3, row 5, row 8, ...)',
      '1: label must be a label, got nothing. (row 2)',
    ]);
  });

  it('have no more reasons than a reader reads, however many there are', () => {
    const rows = createUnusableRows();
    for (const name of 'abcdefgh') rows.add(`row ${name}`, `"${name}" is no label`);

    assert.equal(rows.reasons().length, 6);
    assert.equal(rows.reasons()[0], '3: other reasons (row f, row g, row h)');
  });
});
