import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CancelledError, CaptureFailedError } from '../src/errors.js';
import type { Policy } from '../src/config/policy-schema.js';
import { FakeTeacher } from './fakes/fake-teacher.js';
import { MemoryCapture } from './fakes/memory-capture.js';
import { createGate } from './support/gate.js';
import { ask, openPredictRig, undrawn, unsure } from './support/predict-rig.js';
import { until } from './support/until.js';

/** A log that commits when `gate` is opened. */
function openSlowRig(policy: Partial<Policy> = {}) {
  const gate = createGate();
  const log = new MemoryCapture();
  const append = log.append.bind(log);
  let appends = 0;
  log.append = async (rows) => {
    appends++;
    await gate.promise;
    return append(rows);
  };
  const drawRow = () => ({ ...undrawn, holdout: 0 });
  const rig = openPredictRig({ capture: log, drawRow, policy });
  return { ...rig, gate, log, appends: () => appends };
}

/** Answers the first row of a call, and hangs. */
function halfTeacher(): FakeTeacher {
  const teacher = new FakeTeacher();
  const label = teacher.label.bind(teacher);
  teacher.onLabel = (inputs) => (inputs.length > 1 ? createGate().promise : undefined);
  teacher.label = async (inputs, signal, context) => {
    const [first] = await label(inputs.slice(0, 1));
    context?.answered?.(0, first!);
    return label(inputs, signal, context);
  };
  return teacher;
}

/** Deadlines keep no process alive by themselves. */
async function settled<T>(answers: Promise<T>): Promise<T> {
  let isSettled = false;
  const done = (): void => void (isSettled = true);
  answers.then(done, done);
  await until('he is answered', () => isSettled);
  return answers;
}

describe('a log that takes longer than a caller waits', () => {
  it('leaves him the student’s answer; the teacher’s comes into the log, once', async () => {
    const { predict, gate, log, later, bus } = openSlowRig();
    const captured: string[] = [];
    bus.on('captured', (rows) => captured.push(...rows.map(({ id }) => id)));

    const [answer] = await settled(ask(predict, [unsure()], { timeoutMs: 20 }));
    const before = [...captured];
    gate.open();
    await until('it is in the log', () => log.rows.length === 1);

    assert.deepEqual([answer!.route, answer!.reason], ['degraded', 'teacher-timeout']);
    assert.deepEqual([before, captured], [[], [answer!.id]]);
    // It says who has labelled it, and why he was asked; its caller did not get that.
    const [row] = log.rows;
    assert.deepEqual([row!.route, row!.reason, row!.teacherLabel], ['teacher', 'unsure', 1]);
    assert.deepEqual(later, []); // Its label is on the way already.
  });

  it('is waited for a moment where the teacher has answered a part in time', async () => {
    const rig = openPredictRig({ teacher: halfTeacher() });

    const kept = await settled(ask(rig.predict, [unsure(1), unsure(2)], { timeoutMs: 20 }));
    const unkept = await settled(
      ask(rig.predict, [unsure(3), unsure(4)], { timeoutMs: 20, isStored: false }),
    );

    for (const answers of [kept, unkept])
      assert.deepEqual(
        answers.map(({ route }) => route),
        ['teacher', 'degraded'],
      );
    assert.deepEqual(
      rig.capture.rows.map(({ id }) => id),
      [kept[0]!.id],
    );
  });

  it('is an error to him where the policy says so', async () => {
    const { predict, gate, log } = openSlowRig({ onTeacherFailure: 'error' });

    const answers = ask(predict, [unsure()], { timeoutMs: 20 });
    await assert.rejects(settled(answers), CancelledError);
    gate.open();

    await until('it is in the log', () => log.rows.length === 1);
  });

  it('is left at once by one who hangs up', async () => {
    const { predict, gate, log, later, appends } = openSlowRig();
    const caller = new AbortController();

    const answers = ask(predict, [unsure()], {}, caller.signal);
    await until('it is to be kept', () => appends() === 1);
    caller.abort();
    await assert.rejects(answers, CancelledError);
    gate.open();
    await until('it is in the log', () => log.rows.length === 1);

    assert.deepEqual(later, []);
  });

  it('and then fails is told of', async () => {
    const { predict, gate, log, bus } = openSlowRig();
    const unkept: unknown[] = [];
    bus.on('answersUnkept', (...what) => unkept.push(what));
    log.failure = new CaptureFailedError('Disk full.');

    await settled(ask(predict, [unsure()], { timeoutMs: 20 }));
    gate.open();
    await until('it has failed', () => unkept.length === 1);

    assert.deepEqual(unkept, [[1, log.failure]]);
  });
});
