import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkTeacher, type TeacherEvidence } from '../../src/distillation/check-teacher.js';
import { seededDraw } from '../support/seeded-draw.js';

/** Rows that only the student has right, only the teacher, both, nobody. */
function evidence(student: number, teacher: number, both = 50, nobody = 3): TeacherEvidence {
  const rows = (counts: readonly [boolean, number][]): boolean[] =>
    counts.flatMap(([isRight, count]) => Array<boolean>(count).fill(isRight));
  return {
    what: 'golden rows',
    studentIsRight: rows([
      [true, student],
      [false, teacher],
      [true, both],
      [false, nobody],
    ]),
    teacherIsRight: rows([
      [false, student],
      [true, teacher],
      [true, both],
      [false, nobody],
    ]),
  };
}

describe('a teacher', () => {
  it('must not teach when it is worse than the student beyond chance', () => {
    // Python: sum(comb(n, k) for k in range(student, n + 1)) / 2**n with n = student + teacher
    const table = [
      [6, 0, true], //   0.0156
      [7, 0, false], //  0.0078
      [11, 2, true], //  0.0112
      [12, 2, false], // 0.0065
      [15, 10, true], // 0.2122
      [30, 12, false], // 0.0040
    ] as const;

    for (const [student, teacher, isPassed] of table)
      assert.equal(checkTeacher([evidence(student, teacher)]).isPassed, isPassed, `${student}`);
  });

  it('may teach a student that agrees with it on everything, or is worse', () => {
    assert.equal(checkTeacher([evidence(0, 0)]).isPassed, true);
    assert.equal(checkTeacher([evidence(0, 40)]).isPassed, true);
  });

  it('is told with the numbers', () => {
    assert.deepEqual(checkTeacher([evidence(30, 12)]), {
      name: 'teacher',
      isPassed: false,
      // 62 and 80 of 95
      reason:
        'The teacher is right on 65.3 % of 95 golden rows, the student on 84.2 %; 12 rows it ' +
        'alone has right, 30 the student alone: worse beyond chance (p = 0.0040), and a worse ' +
        'teacher must not teach.',
    });
  });

  it('is checked on each source of labels, which share the significance', () => {
    const feedback = (student: number) => ({ ...evidence(student, 0), what: 'labels of feedback' });

    assert.equal(checkTeacher([evidence(0, 0), feedback(7)]).isPassed, true); // 0.0078 > 0.005
    const { isPassed, reason } = checkTeacher([evidence(0, 0), feedback(8)]); // 0.0039
    assert.equal(isPassed, false);
    assert.match(reason, /golden rows.* not worse .*labels of feedback.* worse beyond chance/);
  });

  it('that is as good as the student stops it in one of a hundred cases at most', () => {
    const draw = seededDraw(5);
    let stopped = 0;
    for (let trial = 0; trial < 4000; trial++) {
      const rows = 20 + Math.floor(draw() * 400);
      const right = 0.6 + 0.39 * draw();
      const drawn = (): boolean[] => Array.from({ length: rows }, () => draw() < right);
      const source = { what: 'rows', teacherIsRight: drawn(), studentIsRight: drawn() };
      if (!checkTeacher([source]).isPassed) stopped++;
    }

    assert.ok(stopped > 0 && stopped <= 0.01 * 4000, `${stopped} of 4000`);
  });

  it('that is ten points worse is found out on 300 rows', () => {
    const draw = seededDraw(6);
    let stopped = 0;
    for (let trial = 0; trial < 300; trial++) {
      const drawn = (right: number): boolean[] => Array.from({ length: 300 }, () => draw() < right);
      const source = { what: 'rows', teacherIsRight: drawn(0.85), studentIsRight: drawn(0.95) };
      if (!checkTeacher([source]).isPassed) stopped++;
    }

    assert.ok(stopped > 0.9 * 300, `${stopped} of 300`);
  });
});
