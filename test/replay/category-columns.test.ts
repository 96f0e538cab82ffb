import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { categoryColumn } from '../../src/replay/category-columns.js';

const rowsOf = (cells: readonly unknown[]) => cells.map((a) => ({ a }));
const times = (count: number, cells: readonly unknown[]): unknown[] =>
  Array.from({ length: count }, () => cells).flat();

describe('a column of categories', () => {
  it('has few different texts, each of several rows', () => {
    const four = times(4, ['b', ' a']);

    assert.deepEqual(categoryColumn(rowsOf(four), 'a'), { column: 'a', values: ['a', 'b'] });
    assert.deepEqual(categoryColumn(rowsOf([...four, '?', null]), 'a')?.values, ['a', 'b']);
    assert.equal(categoryColumn(rowsOf(times(3, ['b', 'a'])), 'a'), null);
    assert.equal(categoryColumn(rowsOf(times(9, ['a'])), 'a'), null);
    assert.deepEqual(categoryColumn(rowsOf([...times(9, ['a']), 'none']), 'a')?.values, ['a']);
    assert.equal(categoryColumn(rowsOf([...four, 7]), 'a'), null);
    const many = Array.from({ length: 65 }, (_, k) => `v${k}`);
    assert.equal(categoryColumn(rowsOf(times(9, many)), 'a'), null);
    assert.equal(categoryColumn(rowsOf(times(9, many.slice(1))), 'a')?.values.length, 64);
  });
});
