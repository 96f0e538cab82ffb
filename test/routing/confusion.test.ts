import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { classesOf, confusionsOf } from '../../src/routing/confusion.js';

/*
 * By hand:             student 0  1  2
 *          teacher 0:          3  1  0
 *          teacher 1:          2  1  0
 *          teacher 2:          0  1  0     and class 3 nowhere
 */
const pairs = {
  classCount: 4,
  teacher: [0, 0, 0, 0, 1, 1, 1, 2],
  student: [0, 0, 0, 1, 0, 0, 1, 1],
};

describe('the confusion of a student', () => {
  it('has recall over what the teacher calls so, precision over what the student does', () => {
    const classes = classesOf(pairs, 0.1);

    assert.deepEqual(
      classes.map(({ label, recall, precision }) => [
        ...[label, recall.rows, recall.estimate],
        ...[precision.rows, precision.estimate],
      ]),
      [
        [0, 4, 3 / 4, 5, 3 / 5],
        [1, 3, 1 / 3, 3, 1 / 3],
        [2, 1, 0, 0, 0],
        [3, 0, 0, 0, 0],
      ],
    );
    assert.deepEqual([classes[3]!.recall.low, classes[3]!.recall.high], [0, 1]);
  });

  it('lists what is taken for what, the most frequent first', () => {
    assert.deepEqual(confusionsOf(pairs), [
      { teacher: 1, student: 0, rows: 2 },
      { teacher: 0, student: 1, rows: 1 },
      { teacher: 2, student: 1, rows: 1 },
    ]);
  });
});
