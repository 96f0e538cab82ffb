import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { windowOf, windowsOf } from '../../src/replay/windows.js';
import { assertNear } from '../routing/assert-near.js';
import { coldRow, replayedOf, studentRow } from './replayed.js';

const delta = 0.1;

describe('a window of a replay', () => {
  it('counts who answered, what differs, and what was paid', () => {
    const replayed = replayedOf([
      coldRow(),
      coldRow({ trueLabel: 2 }), // The teacher itself is wrong.
      studentRow(0),
      studentRow(1), // Differs from the teacher, and from the truth.
      studentRow(0),
    ]);

    const window = windowOf(replayed, { from: 1, to: 5, delta });

    assert.deepEqual(
      [window.rows, window.studentShare, window.disagreements, window.accuracy],
      [4, 3 / 4, 1, 2 / 4],
    );
    assert.deepEqual([window.teacherRows, window.costUsd], [1, 1]);
  });

  it('has the exact interval of the agreement', () => {
    const rows = [...Array.from({ length: 9 }, () => studentRow(0)), studentRow(1)];

    const { agreement } = windowOf(replayedOf(rows), { from: 0, to: 10, delta });

    // Clopper-Pearson of 9 in 10 at 90 %, by bisection of the binomial tails in plain Python
    // fractions: P(X >= 9) = 0.05 at the low end, P(X <= 9) = 0.05 at the high end.
    assert.equal(agreement!.estimate, 0.9);
    assertNear(agreement!.low, 0.6058367, 1e-6);
    assertNear(agreement!.high, 0.9948838, 1e-6);
  });

  it('has no agreement where the student answered nothing, rather than a perfect one', () => {
    const { agreement } = windowOf(replayedOf([coldRow(), coldRow()]), { from: 0, to: 2, delta });

    assert.equal(agreement, null);
  });

  it('counts the runs that ended in it, skipped ones too, and those that were promoted', () => {
    const event = (atRow: number, kind: string) => ({ atRow, kind, text: '' });
    const rows = Array.from({ length: 10 }, () => coldRow());
    const replayed = replayedOf(rows, [
      event(5, 'run-promoted'), // Of the window before.
      event(6, 'run-started'),
      event(8, 'run-skipped'),
      event(9, 'run-untrainable'),
      event(10, 'run-promoted'),
    ]);

    const { runs, promotions } = windowOf(replayed, { from: 5, to: 10, delta });

    assert.deepEqual([runs, promotions], [3, 1]);
  });
});

describe('the windows of a replay', () => {
  it('hold every row once, the sizes as equal as can be', () => {
    const replayed = replayedOf(Array.from({ length: 11 }, () => coldRow()));

    const windows = windowsOf(replayed, 3, delta);

    assert.deepEqual(
      windows.map(({ from, rows, teacherRows }) => [from, rows, teacherRows]),
      [
        [0, 3, 3],
        [3, 4, 4],
        [7, 4, 4],
      ],
    );
  });
});
