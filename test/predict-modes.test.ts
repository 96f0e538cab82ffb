import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { unlimited } from '../src/serving/budget-account.js';
import { InvalidModelOutputError, TeacherFailedError } from '../src/errors.js';
import type { AnswerJson } from '../src/http/api-types.js';
import { isServedHoldout } from '../src/serving/captured-row.js';
import { createAnswerCache } from '../src/serving/answer-cache.js';
import { capturedRow } from './support/captured-row.js';
import { FakeStudent } from './fakes/fake-student.js';
import { FakeTeacher } from './fakes/fake-teacher.js';
import {
  ask,
  confidentLogits,
  openPredictRig,
  sure,
  undrawn,
  unsure,
  type FakeBudget,
} from './support/predict-rig.js';
import { logitsOf, square } from './support/square-task.js';

const routesOf = (answers: readonly AnswerJson[]) =>
  answers.map(({ route, reason }) => `${route}: ${reason}`);
/** Drawn for everything that a row can be drawn for. */
const drawRow = () => ({ ...undrawn, holdout: 0.05, explore: 0 });

/** A budget that has room for so many rows, and remembers what came of them. */
function budgetOf(room: number, threshold: number | null = 0.9) {
  const told: string[] = [];
  let left = room;
  const budget: FakeBudget = {
    threshold,
    holdoutRate: 0.1,
    ready: async () => {},
    reserve(rows) {
      const fit = Math.min(rows, left);
      left -= fit;
      return {
        ...unlimited(fit),
        settle: (costUsd) => void told.push(`${fit} settled at ${costUsd}`),
        release: () => void told.push(`${fit} released`),
      };
    },
  };
  return { budget, told };
}

describe('in mode teacher', () => {
  it('the teacher answers everything, and the student is not asked', async () => {
    const student = new FakeStudent(confidentLogits);
    const { predict, capture } = openPredictRig({ student, policy: { mode: 'teacher' } });

    const [answer] = await ask(predict, [sure()]);

    assert.deepEqual(routesOf([answer!]), ['teacher: policy']);
    assert.deepEqual(
      [student.calls.length, answer!.confidence, answer!.threshold],
      [0, null, null],
    );
    assert.deepEqual([capture.rows[0]!.studentLogits, capture.rows[0]!.propensity], [null, 1]);
  });

  it('the student answers who asks for it', async () => {
    const { predict } = openPredictRig({ policy: { mode: 'teacher' } });
    assert.deepEqual(routesOf(await ask(predict, [unsure()], { route: 'student' })), [
      'student: requested',
    ]);
  });
});

describe('in mode student', () => {
  it('the student answers everything; only holdout rows are labelled', async () => {
    const undrawnRig = openPredictRig({ policy: { mode: 'student' }, threshold: null });
    const { predict, teacher, later } = openPredictRig({
      policy: { mode: 'student', exploreRate: 1 },
      threshold: null,
      drawRow,
    });

    const answers = await ask(predict, [sure(), unsure()]);
    const undrawnRow = { ...undrawn, holdout: 0.2, explore: 0 }; // Below the cold rate alone.
    const cold = openPredictRig({
      policy: { mode: 'student', exploreRate: 1 },
      threshold: null,
      drawRow: () => undrawnRow,
    });
    await ask(cold.predict, [sure()]);
    await ask(undrawnRig.predict, [sure()]);

    assert.deepEqual(routesOf(answers), ['student: policy', 'student: policy']);
    assert.deepEqual(teacher.asked, []);
    assert.deepEqual(
      later.map(({ isHoldout, propensity, reason }) => [isHoldout, propensity, reason]),
      [
        [true, 0.1, 'policy'],
        [true, 0.1, 'policy'],
      ],
    );
    assert.deepEqual([cold.later, undrawnRig.later], [[], []]);
  });

  it('nobody is paid where there is no student, or it can not answer', async () => {
    const without = openPredictRig({ policy: { mode: 'student' }, student: null });
    const broken = openPredictRig({
      policy: { mode: 'student' },
      student: new FakeStudent(() => {
        throw new InvalidModelOutputError('NaN.');
      }),
    });

    await assert.rejects(ask(without.predict, [sure()]), { code: 'CONFLICT' });
    await assert.rejects(ask(broken.predict, [sure()]), { code: 'INVALID_MODEL_OUTPUT' });
    assert.deepEqual([without.teacher.asked, broken.teacher.asked], [[], []]);
  });
});

describe('in mode shadow', () => {
  it('the teacher answers, and the row holds what the student thought', async () => {
    const { predict, capture } = openPredictRig({ policy: { mode: 'shadow' }, drawRow });

    const answers = await ask(predict, [sure(), unsure()]);

    assert.deepEqual(routesOf(answers), ['teacher: shadow', 'teacher: shadow']);
    assert.deepEqual(
      answers.map(({ label, threshold }) => [label, threshold]),
      [
        ['bright', 0.9],
        ['bright', 0.9],
      ],
    );
    assert.ok(capture.rows.every(({ studentLogits }) => studentLogits !== null));
    assert.deepEqual(capture.rows.map(isServedHoldout), [true, false]);
  });

  it('what the student would have answered counts as its answer, for the watch', () => {
    const row = capturedRow({ id: 'r', isHoldout: true, route: 'teacher', reason: 'shadow' });

    assert.equal(isServedHoldout({ ...row, confidence: 0.9, threshold: 0.9 }), true);
    assert.equal(isServedHoldout({ ...row, confidence: 0.89, threshold: 0.9 }), false);
    assert.equal(isServedHoldout({ ...row, confidence: 0.9, threshold: null }), false);
    assert.equal(
      isServedHoldout({ ...row, confidence: 0.9, threshold: 0.9, isHoldout: false }),
      false,
    );
  });
});

describe('in mode budget', () => {
  const policy = { mode: 'budget', teacherBudget: { callsPerHour: 1 } } as const;

  it('the least confident rows are paid for, and the student answers the others', async () => {
    const { budget, told } = budgetOf(2);
    const { predict, teacher, capture } = openPredictRig({ policy, budget });
    const rows = [square(0.8, 1), square(0.6, 2), square(0.95, 3), square(0.7, 4)];

    const answers = await ask(predict, rows);

    assert.deepEqual(routesOf(answers), [
      'student: over-budget',
      'teacher: unsure',
      'student: confident',
      'teacher: unsure',
    ]);
    assert.deepEqual(
      answers.map(({ label }) => label),
      ['dark', 'bright', 'dark', 'bright'],
    );
    assert.deepEqual(teacher.asked, [[rows[1], rows[3]]]);
    assert.equal(capture.rows.length, 2);
    assert.deepEqual(told, ['2 settled at 0.02']);
  });

  it('a row that is not paid for is labelled if held out, and never to explore', async () => {
    const { budget } = budgetOf(0);
    const heldOut = openPredictRig({ policy, budget, drawRow });
    const explored = openPredictRig({
      policy: { ...policy, exploreRate: 1 },
      budget,
      drawRow: () => ({ ...undrawn, explore: 0 }),
    });

    await ask(heldOut.predict, [unsure()]);
    await ask(explored.predict, [unsure(), sure()]);

    assert.deepEqual(
      heldOut.later.map(({ isHoldout, reason, propensity }) => [isHoldout, reason, propensity]),
      [[true, 'over-budget', 0.1]],
    );
    assert.deepEqual(explored.later, []);
  });

  it('who asks for the teacher gets him for all rows, or an error that says why', async () => {
    const { budget, told } = budgetOf(1);
    const { predict, teacher } = openPredictRig({ policy, budget });

    await assert.rejects(ask(predict, [sure(1), sure(2)], { route: 'teacher' }), {
      code: 'OVERLOADED',
      message: /^The teacher's budget has no room for 2 rows/,
    });

    assert.deepEqual([teacher.asked, told], [[], ['1 released']]);
  });

  it('rows that the student can not answer are paid for first, or refused', async () => {
    const without = openPredictRig({ policy, budget: budgetOf(1).budget, student: null });

    assert.deepEqual(routesOf(await ask(without.predict, [sure()])), ['teacher: no-student']);
    await assert.rejects(ask(without.predict, [sure()]), { code: 'OVERLOADED' });
  });

  it('a call that failed may have been billed: it stays spent', async () => {
    const { budget, told } = budgetOf(5);
    const teacher = Object.assign(new FakeTeacher(), {
      onLabel: () => {
        throw new TeacherFailedError('Down.');
      },
    });
    const { predict } = openPredictRig({ policy, budget, teacher });

    assert.deepEqual(routesOf(await ask(predict, [unsure()])), ['degraded: teacher-failed']);
    assert.deepEqual(told, ['1 settled at 0.01']);
  });

  it('an answer for want of money is not given again from the cache', async () => {
    const known = createAnswerCache({ bytesMax: 10_000 });
    const { budget } = budgetOf(0);
    const { predict } = openPredictRig({ policy, budget, known });

    await ask(predict, [unsure()]);

    assert.deepEqual(routesOf(await ask(predict, [unsure()])), ['student: over-budget']);
  });
});

describe('a label with a risk of its own', () => {
  it('has its own threshold, and the teacher answers it while that is not certified', async () => {
    const saysBright = (pixels: Float32Array): Float32Array =>
      logitsOf(pixels[1]! > 0 ? 1 : 0, pixels[0]!);
    const open = (threshold: number | null) =>
      openPredictRig({
        student: new FakeStudent(saysBright),
        labelThresholds: { 1: threshold },
      });
    const rows = [square(0.92, 0), square(0.92, 1), square(0.97, 1)];

    const own = await ask(open(0.95).predict, rows);
    const uncertified = await ask(open(null).predict, rows);

    assert.deepEqual(routesOf(own), [
      'student: confident',
      'teacher: unsure',
      'student: confident',
    ]);
    assert.deepEqual(
      own.map(({ threshold }) => threshold),
      [0.9, 0.95, 0.95],
    );
    assert.deepEqual(routesOf(uncertified), [
      'student: confident',
      'teacher: not-certified',
      'teacher: not-certified',
    ]);
  });
});
