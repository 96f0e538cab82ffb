import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TeacherFailedError } from '../src/errors.js';
import type { RowDraw } from '../src/serving/draw-row.js';
import type { Input } from '../src/task/task.js';
import { FakeStudent } from './fakes/fake-student.js';
import { FakeTeacher } from './fakes/fake-teacher.js';
import { floatsOf } from './support/inputs.js';
import { ask, confidentLogits, openPredictRig, sure, unsure } from './support/predict-rig.js';

/** Rates of the policy of these tests: holdout 0.1, cold 0.3, explore 0.02. */
const drawn = (draw: Partial<RowDraw>) => (): RowDraw => ({
  inputHash: 'a'.repeat(32),
  holdout: 0.999,
  explore: 0.999,
  ...draw,
});
const downTeacher = (): FakeTeacher =>
  Object.assign(new FakeTeacher(), {
    onLabel: () => {
      throw new TeacherFailedError('Down.');
    },
  });

describe('the draw of holdout rows', () => {
  it('is made before the student has seen a row', async () => {
    const order: string[] = [];
    const student = new FakeStudent(confidentLogits, {
      onPredict: (rows) => void order.push(`student scores ${rows.length}`),
    });
    const drawRow = (input: Input): RowDraw => {
      order.push(`draw ${floatsOf(input)[1]!}`);
      return drawn({})();
    };
    const { predict } = openPredictRig({ student, drawRow });

    await ask(predict, [sure(1), unsure(2), sure(3)]);

    assert.deepEqual(order, ['draw 1', 'draw 2', 'draw 3', 'student scores 3']);
  });

  it('does not depend on confidence, nor does it change who answers', async () => {
    const { predict, later, capture } = openPredictRig({ drawRow: drawn({ holdout: 0.0999 }) });

    const answers = await ask(predict, [sure(), unsure()]);

    assert.deepEqual(
      answers.map(({ route, reason }) => [route, reason]),
      [
        ['student', 'confident'],
        ['teacher', 'unsure'],
      ],
    );
    assert.deepEqual([later[0]!.isHoldout, capture.rows[0]!.isHoldout], [true, true]);
  });

  const table: readonly {
    readonly holdout: number;
    readonly threshold: number | null;
    readonly isHoldout: boolean;
    readonly isTrainable: boolean;
  }[] = [
    { holdout: 0.0999, threshold: 0.9, isHoldout: true, isTrainable: false },
    { holdout: 0.1, threshold: 0.9, isHoldout: false, isTrainable: false }, // Reserved.
    { holdout: 0.2999, threshold: 0.9, isHoldout: false, isTrainable: false },
    { holdout: 0.3, threshold: 0.9, isHoldout: false, isTrainable: true },
    { holdout: 0.1, threshold: null, isHoldout: true, isTrainable: false }, // The cold rate.
    { holdout: 0.2999, threshold: null, isHoldout: true, isTrainable: false },
    { holdout: 0.3, threshold: null, isHoldout: false, isTrainable: true },
  ];
  for (const { holdout, threshold, isHoldout, isTrainable } of table) {
    const when = threshold === null ? 'uncertified' : 'certified';
    it(`at ${holdout}, ${when}: holdout ${isHoldout}, trainable ${isTrainable}`, async () => {
      const { predict, capture } = openPredictRig({ threshold, drawRow: drawn({ holdout }) });

      await ask(predict, [unsure()]);

      const row = capture.rows[0]!;
      assert.deepEqual([row.isHoldout, row.isTrainable], [isHoldout, isTrainable]);
      assert.equal(row.holdoutRate, threshold === null ? 0.3 : 0.1);
      assert.equal(row.propensity, 1);
    });
  }

  it('is learnt from above what is kept out, where that was more in a cold start', async () => {
    for (const holdout of [0.1499, 0.15]) {
      const { predict, capture } = openPredictRig({
        keptOutShare: 0.15,
        drawRow: drawn({ holdout }),
      });

      await ask(predict, [unsure()]);

      assert.equal(capture.rows[0]!.isTrainable, holdout === 0.15);
    }
  });

  it('is held out below what is kept out, whatever the rate of a cold start was', async () => {
    const cold = { keptOutShare: 0.15, threshold: null };
    for (const holdout of [0.1499, 0.15]) {
      const { predict, capture } = openPredictRig({ ...cold, drawRow: drawn({ holdout }) });

      await ask(predict, [unsure()]);

      const row = capture.rows[0]!;
      assert.deepEqual([row.isHoldout, row.isTrainable], [holdout < 0.15, holdout === 0.15]);
      assert.equal(row.holdoutRate, 0.15);
    }
  });
});

describe('a sure row', () => {
  it('that was drawn for holdout is labelled afterwards, off its caller’s path', async () => {
    const { predict, later, teacher, capture } = openPredictRig({ drawRow: drawn({ holdout: 0 }) });

    await ask(predict, [sure()]);

    const [row] = later;
    assert.equal(later.length, 1);
    assert.deepEqual([row!.id, row!.route, row!.reason], ['row-0', 'student', 'confident']);
    assert.deepEqual([row!.isHoldout, row!.isTrainable], [true, false]);
    assert.deepEqual(row!.studentLogits, confidentLogits(floatsOf(sure())));
    assert.deepEqual([teacher.asked, capture.rows], [[], []]);
  });

  it('that was drawn for exploring is labelled too, and may be trained on', async () => {
    const { predict, later } = openPredictRig({ drawRow: drawn({ explore: 0.0199 }) });

    await ask(predict, [sure()]);

    assert.deepEqual([later[0]!.isHoldout, later[0]!.isTrainable], [false, true]);
  });

  it('at the very rate is not drawn', async () => {
    const { predict, later } = openPredictRig({ drawRow: drawn({ holdout: 0.1, explore: 0.02 }) });

    await ask(predict, [sure()]);

    assert.deepEqual(later, []);
  });

  it('has the chance of being labelled written on it: holdout, or else exploring', async () => {
    const { predict, later } = openPredictRig({ drawRow: drawn({ holdout: 0 }) });

    await ask(predict, [sure()]);

    // Explored are those alone that no rate in use makes holdout rows: 70 of 100.
    assert.ok(Math.abs(later[0]!.propensity - (0.1 + 0.7 * 0.02)) < 1e-12);
  });

  it('is not explored when nothing may be learnt from it: its label would be wasted', async () => {
    const { predict, later } = openPredictRig({ drawRow: drawn({ holdout: 0.2, explore: 0 }) });

    await ask(predict, [sure()]);

    assert.deepEqual(later, []);
  });

  it('is labelled later only once, though drawn for both', async () => {
    const { predict, later } = openPredictRig({ drawRow: drawn({ holdout: 0, explore: 0 }) });

    await ask(predict, [sure()]);

    assert.equal(later.length, 1);
  });
});

describe('a row of which its caller decides who answers', () => {
  for (const route of ['student', 'teacher'] as const) {
    it(`(${route}) is no holdout row: it says nothing of what the policy decides`, async () => {
      const { predict, later, capture } = openPredictRig({ drawRow: drawn({ holdout: 0 }) });

      await ask(predict, [sure(), unsure()], { route });

      assert.deepEqual(later, []);
      assert.ok(capture.rows.every(({ isHoldout, isTrainable }) => !isHoldout && !isTrainable));
      assert.equal(capture.rows.length, route === 'teacher' ? 2 : 0);
    });
  }
});

describe('holdout rows of a request that fails', () => {
  it('are labelled later, the unsure ones too: the sample stays unbiased', async () => {
    const { predict, bus, later } = openPredictRig({
      teacher: downTeacher(),
      policy: { onTeacherFailure: 'error' },
      drawRow: (input) => drawn({ holdout: floatsOf(input)[1]! < 2 ? 0 : 0.5 })(),
    });
    const lost: number[] = [];
    bus.on('labellingLost', (rows) => lost.push(rows));

    await assert.rejects(ask(predict, [sure(0), unsure(1), unsure(2)]), TeacherFailedError);
    await assert.rejects(ask(predict, [unsure(3)]), TeacherFailedError);

    assert.deepEqual(lost, []);
    const kept = later.map(({ isHoldout, route, reason }) => [isHoldout, route, reason]);
    assert.deepEqual(kept, Array(2).fill([true, 'degraded', 'teacher-failed']));
  });
});

describe('an unsure row', () => {
  it('is not explored: the teacher has labelled it already', async () => {
    const { predict, later, capture } = openPredictRig({
      drawRow: drawn({ holdout: 0, explore: 0 }),
    });

    await ask(predict, [unsure()]);

    assert.deepEqual([later.length, capture.rows.length], [0, 1]);
  });

  it('drawn for holdout is still labelled later when the teacher is down now', async () => {
    const { predict, later } = openPredictRig({
      teacher: downTeacher(),
      drawRow: drawn({ holdout: 0 }),
    });

    await ask(predict, [unsure()]);

    const [row] = later;
    assert.equal(later.length, 1);
    assert.deepEqual([row!.route, row!.reason], ['degraded', 'teacher-failed']);
    assert.deepEqual([row!.isHoldout, row!.propensity], [true, 0.1]);
  });

  it('not drawn for it is not labelled later, nor explored, when the teacher is down', async () => {
    const { predict, later } = openPredictRig({
      teacher: downTeacher(),
      drawRow: drawn({ explore: 0 }),
    });

    await ask(predict, [unsure()]);

    assert.deepEqual(later, []);
  });
});
