import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RowsInOrder, settleMs, type OrderedRow } from '../../src/serving/rows-in-order.js';

const row = (createdMs: number, inputHash: string): OrderedRow => ({ createdMs, inputHash });
const named = (rows: readonly OrderedRow[]): string[] =>
  rows.map(({ createdMs, inputHash }) => `${createdMs} ${inputHash}`);

describe('rows whose labels come in any order', () => {
  it('are released by their requests, of one millisecond by the hash, each once', () => {
    const rows = new RowsInOrder();
    rows.hold([row(3, 'a'), row(1, 'd')], 0);
    rows.hold([row(1, 'c'), row(2, 'b')], 0);

    assert.deepEqual(named(rows.release(settleMs, null)), ['1 c', '1 d', '2 b', '3 a']);
    assert.deepEqual(rows.release(settleMs, null), []);
  });

  it('wait for those of the same millisecond, and for all older ones', () => {
    const rows = new RowsInOrder();
    rows.hold([row(1, 'a'), row(2, 'b'), row(3, 'c')], 0);

    assert.deepEqual(named(rows.release(settleMs, 2)), ['1 a']);
    rows.hold([row(2, 'a')], settleMs);
    assert.deepEqual(rows.release(2 * settleMs - 1, null), []);
    assert.deepEqual(named(rows.release(2 * settleMs, null)), ['2 a', '2 b', '3 c']);
  });

  it('are left out when their turn is over', () => {
    const rows = new RowsInOrder();
    rows.hold([row(5, 'a')], 0);
    rows.release(settleMs, null);

    rows.hold([row(4, 'a'), row(5, 'b'), row(6, 'a')], settleMs);

    assert.deepEqual(named(rows.release(2 * settleMs, null)), ['6 a']);
  });

  it('are forgotten with what comes yet of their time', () => {
    const rows = new RowsInOrder();
    rows.hold([row(5, 'a'), row(3, 'a')], 0);
    rows.forget();

    rows.hold([row(4, 'a'), row(6, 'a')], 0);

    assert.deepEqual(named(rows.release(settleMs, null)), ['6 a']);
  });
});
