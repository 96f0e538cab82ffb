import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { afterShift } from '../../loadtest/streams/after-shift.js';
import { servedWith } from '../../loadtest/streams/more-rows.js';
import type { ReplayedRow } from '../../src/replay/replayed-row.js';
import { coldRow, studentRow } from '../replay/replayed.js';

const target = { shiftAtRow: 1_000, riskMax: 0.05 };
const answers = (count: number, isWrong: (index: number) => boolean): ReplayedRow[] =>
  Array.from({ length: count }, (_, index) => studentRow(isWrong(index) ? 1 : 0));
const alarmAt = (atRow: number) => ({ atRow, kind: 'certificate-lost', text: '' });

describe('what comes after a shift', () => {
  it('counts rows to the alarm, to where few answers are wrong again, and the excess', () => {
    // 200 answers of which a fifth is wrong, then none: 40 wrong, 25 allowed in 500 answers. The
    // newest 500 have more than 25 wrong until fewer than 26 of the 40 are among them.
    const rows = [
      ...answers(1_000, () => false),
      ...answers(200, (index) => index % 5 === 0),
      ...answers(1_000, () => false),
    ];

    const seen = afterShift(rows, [alarmAt(700), alarmAt(1_150), alarmAt(1_500)], target);

    assert.equal(seen.rowsToAlarm, 150);
    assert.equal(seen.highest, 40 / 500);
    // Wrong at 0, 5, ... 195: the 15th of them, 70, has left when 70 + 500 answers have come.
    assert.equal(seen.rowsToBound, 570);
    assert.equal(seen.excessErrors, 40 - 0.05 * 570);
  });

  it('says that the bound was never reached again, and that no alarm came', () => {
    const rows = [...answers(1_000, () => false), ...answers(800, (index) => index % 4 === 0)];

    const seen = afterShift(rows, [alarmAt(900)], target);

    assert.deepEqual([seen.rowsToAlarm, seen.rowsToBound], [null, null]);
  });

  it('counts answers of the student alone', () => {
    const teacher = Array.from({ length: 900 }, () => coldRow({ answer: 1 }));
    const rows = [...answers(1_000, () => false), ...teacher];

    const seen = afterShift(rows, [], target);

    assert.deepEqual([seen.highest, seen.rowsToBound, seen.excessErrors], [0, 0, 0]);
  });
});

describe('what more holdout rows would buy', () => {
  // Of 1 000 rows the surest 600 are right, and a tenth of the others is not.
  const rows = {
    confidences: Float64Array.from({ length: 1_000 }, (_, row) => 1 - row / 1_001),
    disagrees: Array.from({ length: 1_000 }, (_, row) => row >= 600 && row % 10 === 0),
  };
  const target = { riskMax: 0.01, delta: 0.1 };
  const served = (holdoutRows: number): number => servedWith(holdoutRows, rows, target);

  it('is nothing where no sample can pass, and tends to all that the target allows', () => {
    // rowsMinFor(0.01, 0.07) is 582. Of 660 rows 6 are wrong, of 670 there are 7: more than 1 %.
    const [none, some, more, most] = [400, 1_000, 4_000, 16_000].map(served) as [
      ...[number, number, number, number],
    ];
    assert.equal(none, 0);
    assert.ok(some > 0.5 && some < more && more < most, `${some}, ${more}, ${most}`);
    assert.ok(most > 0.62 && most < 0.67, `${most}`);
  });
});
