import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { labelReferenceRows, LabelShiftTest } from '../../src/routing/label-shift-test.js';
import { createRequestOrder, settleMs } from '../../src/serving/request-order.js';
import { seededDraw } from '../support/seeded-draw.js';

interface Row {
  readonly createdMs: number;
  readonly inputHash: string;
  readonly label: number;
}
const row = (createdMs: number, inputHash = 'h'): Row => ({ createdMs, inputHash, label: 0 });
const momentsOf = (rows: readonly Row[]): number[] => rows.map(({ createdMs }) => createdMs);

describe('the order of requests', () => {
  it('is that of their rows, whenever these came, once newer ones have settled', () => {
    const order = createRequestOrder<Row>();
    for (const at of [300, 100, 200]) assert.deepEqual(order.take(row(at)), []);

    const released = order.take(row(3 * settleMs));

    assert.deepEqual(momentsOf(released), [100, 200, 300]);
    assert.deepEqual(momentsOf(order.take(row(50))), [50]); // Too late: it goes at once.
    assert.deepEqual(momentsOf(order.take(row(9 * settleMs))), [3 * settleMs]);
  });

  it('is that of the hashes for rows of one moment', () => {
    const order = createRequestOrder<Row>();
    for (const hash of ['c', 'a', 'b']) order.take(row(1, hash));

    const released = order.take(row(9 * settleMs));

    assert.deepEqual(
      released.map(({ inputHash }) => inputHash),
      ['a', 'b', 'c'],
    );
  });

  it('holds a bounded number of rows', () => {
    const order = createRequestOrder<Row>();
    let released = 0;
    for (let k = 0; k < 20_000; k++) released += order.take(row(k / 100)).length;
    assert.equal(released, 15_000);
  });

  // Bursts of 200 rows, of which those with label 0 are labelled first. In the order of their
  // labels a test raised an alarm in every one of these streams.
  it('makes bursts exchangeable again whose labels come one kind after the other', () => {
    let alarms = 0;
    for (let seed = 0; seed < 50; seed++) {
      const draw = seededDraw(seed);
      const order = createRequestOrder<Row>();
      const test = new LabelShiftTest(2);
      for (let burst = 0; burst < 4 + labelReferenceRows / 50; burst++) {
        const rows = Array.from({ length: 200 }, (_, k) => ({
          createdMs: burst * 10 * settleMs + Math.floor(k / 100),
          inputHash: String(draw()),
          label: Number(draw() < 0.5),
        }));
        for (const one of rows.sort((a, b) => a.label - b.label))
          for (const { label } of order.take(one)) if (test.add(label) !== null) alarms++;
      }
    }
    assert.equal(alarms, 0);
  });
});
