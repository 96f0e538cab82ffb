import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { baselinesOf } from '../../src/replay/baselines.js';
import { seededDraw } from '../support/seeded-draw.js';
import { coldRow, replayedOf, studentRow, unsureRow } from './replayed.js';

const options = { fixedThreshold: 0.9, draw: seededDraw(1) };
/** Two rows without a student, then four that it saw. */
const rows = [
  coldRow(),
  coldRow({ trueLabel: 1 }), // The teacher is wrong.
  studentRow(0, 0.95),
  studentRow(1, 0.8), // Answered by the student under a lower threshold, and wrong.
  unsureRow(1, 0.92), // Escalated under a higher one; the student would have been wrong.
  unsureRow(0, 0.3),
];

describe('what a replay is compared with', () => {
  it('has the gateway itself first, with all that the teacher labelled', () => {
    const replayed = replayedOf(rows);
    const marks = [...replayed.marks, { ...replayed.marks.at(-1)!, teacherRows: 5 }];

    const [own] = baselinesOf({ ...replayed, marks }, options);

    // Five teacher rows: four answers, and one that was labelled for holdout.
    assert.deepEqual(
      [own!.teacherRows, own!.studentRows, own!.disagreement, own!.accuracy],
      [5, 2, 1 / 2, 4 / 6],
    );
    // Four of the five rows of label 0 are right, the one of label 1 is not.
    assert.equal(own!.balancedAccuracy, 4 / 5 / 2);
  });

  it('asks the teacher about every row', () => {
    const [, all] = baselinesOf(replayedOf(rows), options);

    assert.deepEqual(
      [all!.teacherRows, all!.studentRows, all!.disagreement, all!.accuracy],
      [6, 0, 0, 5 / 6],
    );
  });

  it('lets the student answer from the fixed threshold on, where there was one', () => {
    const [, , fixed] = baselinesOf(replayedOf(rows), options);

    assert.deepEqual(fixed!.isByStudent, [false, false, true, false, true, false]);
    assert.deepEqual(
      [fixed!.teacherRows, fixed!.studentRows, fixed!.disagreement, fixed!.accuracy],
      [4, 2, 1 / 2, 4 / 6],
    );
    assert.equal(fixed!.balancedAccuracy, 4 / 5 / 2);
  });

  it('throws a coin for as many teacher rows, of those with a student', () => {
    const many = [
      ...Array.from({ length: 100 }, () => coldRow()),
      ...Array.from({ length: 600 }, (_, k) => studentRow(k % 4 === 0 ? 1 : 0)),
      ...Array.from({ length: 300 }, () => unsureRow(1, 0.2)),
    ];

    const coin = baselinesOf(replayedOf(many), options)[3]!;

    // The teacher had 100 + 300 rows. The student is wrong on 150 + 300 of its 900.
    assert.deepEqual([coin.teacherRows, coin.studentRows], [400, 600]);
    assert.ok(coin.isByStudent.slice(0, 100).every((isByStudent) => !isByStudent));
    // 600 of 900 without putting back: the share differs from a half with sd 0.012.
    assert.ok(Math.abs(coin.disagreement - 0.5) < 0.05, `${coin.disagreement}`);
  });
});
