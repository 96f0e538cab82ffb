import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CancelledError, InvalidModelOutputError, OverloadedError } from '../src/errors.js';
import type { Waiter } from '../src/student/student.js';
import { FakeStudent, type FakeStudentOptions } from './fakes/fake-student.js';
import { FakeTeacher } from './fakes/fake-teacher.js';
import { createGate } from './support/gate.js';
import { ask, confidentLogits, openPredictRig, sure, unsure } from './support/predict-rig.js';
import { undrawn, type RigOptions } from './support/predict-rig.js';
import { until } from './support/until.js';

/** A student with room for two rows. */
function openLimitedRig(onPredict: FakeStudentOptions['onPredict'], options: RigOptions = {}) {
  const student = new FakeStudent(confidentLogits, {
    limitRows: 2,
    ...(onPredict === undefined ? {} : { onPredict }),
  });
  const rig = openPredictRig({ student, ...options });
  const refused: number[] = [];
  const lost: number[] = [];
  rig.bus.on('refused', (rows) => refused.push(rows));
  rig.bus.on('labellingLost', (rows) => lost.push(rows));
  return { student, refused, lost, ...rig };
}

describe('a request that the student has no room for', () => {
  it('is refused at once, and counted; nobody is asked and nothing is held', async () => {
    const running = createGate();
    const rig = openLimitedRig(() => running.promise);
    const first = ask(rig.predict, [sure(1), sure(2)]);
    await until('it is full', () => rig.student.limit.inFlightRows === 2);

    await assert.rejects(ask(rig.predict, [sure(3), unsure(4), sure(5)]), (error) => {
      assert.ok(error instanceof OverloadedError);
      assert.equal(error.retryAfterSeconds, 1);
      return true;
    });

    assert.deepEqual(rig.refused, [3]);
    assert.equal(rig.student.calls.length, 1);
    assert.equal(rig.student.limit.inFlightRows, 2);
    running.open();
    await first;
    assert.equal(rig.student.limit.inFlightRows, 0);
    await rig.slot.swap(null); // Its lease on the student is given back: this ends.
    assert.equal(rig.student.isClosed, true);
  });

  it('loses no labels: which rows are refused does not depend on what is in them', async () => {
    const rig = openLimitedRig(undefined, { drawRow: () => ({ ...undrawn, holdout: 0 }) });
    const held = rig.student.limit.enter(2);

    await assert.rejects(ask(rig.predict, [sure()]), OverloadedError);

    held.leave('done');
    assert.deepEqual([rig.lost, rig.later], [[], []]);
  });

  it('is not announced as answered', async () => {
    const rig = openLimitedRig(undefined);
    let answered = 0;
    rig.bus.on('answered', () => answered++);
    const held = rig.student.limit.enter(2);

    await assert.rejects(ask(rig.predict, [sure()]), OverloadedError);

    held.leave('done');
    assert.equal(answered, 0);
  });
});

describe('a request whose time is too short for the rows before it', () => {
  it('is refused like one without room: counted, and no label is lost', async () => {
    const rig = openLimitedRig(
      () => {
        throw new OverloadedError('An answer would take about 400 ms.', 1);
      },
      { drawRow: () => ({ ...undrawn, holdout: 0 }) },
    );

    await assert.rejects(ask(rig.predict, [sure()], { timeoutMs: 300 }), OverloadedError);

    assert.deepEqual([rig.refused, rig.lost, rig.later], [[1], [], []]);
    assert.equal(rig.student.limit.inFlightRows, 0);
  });
});

describe('room at the student', () => {
  it('is given back with the outcome, once', async () => {
    const outcomes: string[] = [];
    const student = new FakeStudent((pixels) => {
      if (pixels[0]! < 0.5) throw new InvalidModelOutputError('NaN');
      return confidentLogits(pixels);
    });
    const enter = student.limit.enter.bind(student.limit);
    student.limit.enter = (rows) => {
      const permit = enter(rows);
      return {
        leave(outcome) {
          outcomes.push(`${rows} ${outcome}`);
          permit.leave(outcome);
        },
      };
    };
    const { predict } = openPredictRig({ student });

    await ask(predict, [sure(), unsure(), sure()]);
    const asked = ask(predict, [sure(), square0], { route: 'student' });
    await assert.rejects(asked, InvalidModelOutputError);

    assert.deepEqual(outcomes, ['3 done', '2 dropped']);
    assert.equal(student.limit.inFlightRows, 0);
  });

  for (const [what, changes] of [
    ['hung up', { timeoutMs: null }],
    ['run out of time', { timeoutMs: 1 }],
  ] as const)
    it(`is given back when the caller has ${what}`, async () => {
      const rig = openLimitedRig((_inputs, waiter) => cancelled(waiter!));
      const caller = new AbortController();

      const answers = ask(rig.predict, [sure()], changes, caller.signal);
      await until('the student is asked', () => rig.student.calls.length === 1);
      assert.equal(rig.student.limit.inFlightRows, 1);
      if (changes.timeoutMs === null) caller.abort();

      await assert.rejects(answers, CancelledError);
      assert.equal(rig.student.limit.inFlightRows, 0);
    });

  it('is given back at the deadline of a caller, not when a student comes to him', async () => {
    const running = createGate();
    const drawRow = () => ({ ...undrawn, holdout: 0 });
    const rig = openLimitedRig(() => running.promise, { drawRow });

    const answers = ask(rig.predict, [sure(1), unsure(2)], { timeoutMs: 20 });

    let isTold = false;
    const told = answers.finally(() => (isTold = true));
    void told.catch(() => {});
    await until('he is told', () => isTold); // The student has not answered yet.
    await assert.rejects(told, (error) => {
      assert.ok(error instanceof CancelledError, String(error));
      assert.match(error.message, /^The student had not answered when the timeoutMs of this/);
      return true;
    });
    assert.equal(rig.student.limit.inFlightRows, 0);
    assert.deepEqual([rig.teacher.asked, rig.lost, rig.later], [[], [2], []]);
    running.open();
    await rig.slot.swap(null); // His lease on the student is given back: this ends.
  });

  it('is kept by a caller with time until the student has come to him', async () => {
    const running = createGate();
    const rig = openLimitedRig(() => running.promise);
    const answers = ask(rig.predict, [sure(1)], { timeoutMs: 60_000 });
    const patient = ask(rig.predict, [sure(2)]);
    await until('both wait', () => rig.student.limit.inFlightRows === 2);

    running.open();

    assert.equal((await answers)[0]!.route, 'student');
    assert.equal((await patient)[0]!.route, 'student');
    assert.equal(rig.student.limit.inFlightRows, 0);
  });

  it('is not held while the teacher answers, however slow it is', async () => {
    const answering = createGate();
    const teacher = new FakeTeacher();
    teacher.onLabel = () => answering.promise;
    const rig = openLimitedRig(undefined, { teacher });

    const slow = ask(rig.predict, [unsure(1), unsure(2)]);
    await until('the teacher is asked', () => teacher.asked.length === 1);
    assert.equal(rig.student.limit.inFlightRows, 0);
    const [quick] = await ask(rig.predict, [sure(3)]);

    assert.equal(quick!.route, 'student');
    answering.open();
    assert.equal((await slow).length, 2);
    assert.equal(rig.student.limit.inFlightRows, 0);
  });

  it('is not needed where there is no student: the teacher alone answers', async () => {
    const { predict, bus } = openPredictRig({ student: null });
    let refused = 0;
    bus.on('refused', () => refused++);

    const answers = await ask(predict, [sure(), sure(), sure()]);

    assert.deepEqual(
      answers.map(({ route }) => route),
      ['teacher', 'teacher', 'teacher'],
    );
    assert.equal(refused, 0);
  });

  it('is needed whoever is asked for by name: the student scores every row', async () => {
    const rig = openLimitedRig(undefined);
    const held = rig.student.limit.enter(2);

    for (const route of ['student', 'teacher'] as const)
      await assert.rejects(ask(rig.predict, [sure()], { route }), OverloadedError);

    held.leave('done');
  });
});

/** The student fails for it. */
const square0 = unsure().fill(0);

/** As a queue drops rows: when whoever waits for them has given up. */
async function cancelled(waiter: Waiter): Promise<void> {
  await until('the caller gives up', () => waiter.aborted);
  throw new CancelledError('The caller gave up.');
}
