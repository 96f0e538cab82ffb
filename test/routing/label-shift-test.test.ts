import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  labelReferenceRows,
  LabelShiftTest,
  type LabelShift,
} from '../../src/routing/label-shift-test.js';
import { readFixture } from '../support/read-fixture.js';
import { seededDraw } from '../support/seeded-draw.js';

/** fixtures/label-shift-oracle.py: a letter a row. */
const oracle = readFixture('routing/fixtures/label-shift.json') as {
  readonly labelCount: number;
  readonly cases: readonly {
    readonly name: string;
    readonly traffic: string;
    /** null: none comes. */
    readonly alarm: { readonly afterRows: number; readonly shift: LabelShift } | null;
  }[];
};

const labelsIn = (written: string): number[] =>
  Array.from(written, (letter) => letter.charCodeAt(0) - 'a'.charCodeAt(0));

/** @returns rows until the alarm and what it was about; null: none came. */
function alarmIn(test: LabelShiftTest, labels: readonly number[]) {
  for (const [index, label] of labels.entries()) {
    const shift = test.add(label);
    if (shift !== null) return { afterRows: index + 1, shift };
  }
  return null;
}

/** Labels of 20, few of them frequent; the last one never comes. */
const ordinaryLabel = (draw: () => number): number => Math.floor(draw() ** 3 * 19);
const newLabel = 19;
const labelsOf = (count: number, make: () => number) => Array.from({ length: count }, make);

describe('the test of labels', () => {
  for (const { name, traffic, alarm } of oracle.cases)
    it(`sees at the very row what an oracle sees: ${name}`, () => {
      const test = new LabelShiftTest(oracle.labelCount);

      const seen = alarmIn(test, labelsIn(traffic));

      assert.deepEqual(seen, alarm);
    });

  it('is silent in 2 000 rows of the same traffic in nearly all streams', () => {
    let alarms = 0;
    for (let seed = 1; seed <= 50; seed++) {
      const draw = seededDraw(seed);
      const labels = labelsOf(labelReferenceRows + 2_000, () => ordinaryLabel(draw));
      if (alarmIn(new LabelShiftTest(20), labels) !== null) alarms++;
    }
    // Limits that fail in 10 % of the references, at worst.
    assert.ok(alarms <= 2, `${alarms} of 50`);
  });

  it('begins anew after labels were lost, with the same reference', () => {
    const draw = seededDraw(4);
    const reference = labelsOf(labelReferenceRows, () => ordinaryLabel(draw));
    const shifted = labelsOf(300, () => (draw() < 0.1 ? newLabel : ordinaryLabel(draw)));
    const first = alarmIn(new LabelShiftTest(20), [...reference, ...shifted])!;
    const rowsToAlarm = first.afterRows - labelReferenceRows;
    const test = new LabelShiftTest(20);
    alarmIn(test, [...reference, ...shifted.slice(0, rowsToAlarm - 1)]);

    test.forget();

    assert.deepEqual(alarmIn(test, shifted), { afterRows: rowsToAlarm, shift: first.shift });
  });
});
