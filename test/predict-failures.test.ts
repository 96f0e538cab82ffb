import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import {
  CancelledError,
  CaptureFailedError,
  OverloadedError,
  TeacherFailedError,
  TeacherTimeoutError,
} from '../src/errors.js';
import type { AnswerJson, RouteReason } from '../src/http/api-types.js';
import type { Waiter } from '../src/student/student.js';
import { FakeStudent } from './fakes/fake-student.js';
import { FakeTeacher } from './fakes/fake-teacher.js';
import { createGate } from './support/gate.js';
import {
  ask,
  confidentLogits,
  openPredictRig,
  sure,
  undrawn,
  unsure,
} from './support/predict-rig.js';
import { until } from './support/until.js';

const failingTeacher = (error: Error): FakeTeacher =>
  Object.assign(new FakeTeacher(), {
    onLabel: () => {
      throw error;
    },
  });
const hangingTeacher = (): FakeTeacher =>
  Object.assign(new FakeTeacher(), { onLabel: () => createGate().promise });

const failures: readonly [error: Error, reason: RouteReason][] = [
  [new TeacherTimeoutError('Late.'), 'teacher-timeout'],
  [new TeacherFailedError('Down.'), 'teacher-failed'],
  [new OverloadedError('Full.', 1), 'teacher-overloaded'],
];

describe('a deadline of a request', () => {
  it('costs nothing once it is answered, or has failed', async () => {
    const { predict } = openPredictRig({ teacher: failingTeacher(new TypeError('A bug.')) });
    const { signal } = new AbortController();

    await ask(predict, [sure()], { timeoutMs: 60_000 }, signal);
    await assert.rejects(ask(predict, [unsure()], { timeoutMs: 60_000 }, signal), TypeError);

    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });
});

describe('a teacher that cannot be used', () => {
  for (const [error, reason] of failures) {
    it(`leaves the student's answer, marked as degraded: ${reason}`, async () => {
      const { predict, capture, bus } = openPredictRig({ teacher: failingTeacher(error) });
      const announced: unknown[] = [];
      bus.on('teacherUnusable', (...why) => announced.push(why));

      const [answer] = await ask(predict, [unsure()]);

      assert.equal(answer!.label, 'dark');
      assert.deepEqual([answer!.route, answer!.reason], ['degraded', reason]);
      assert.equal(answer!.teacher, null);
      assert.deepEqual(Object.keys(answer!.latencyMs), [
        ...['preprocess', 'student', 'teacher', 'total'],
      ]);
      assert.ok(Math.abs(answer!.costUsd - 0.1 / 1000) < 1e-12);
      assert.deepEqual(capture.rows, []);
      assert.deepEqual(announced, [[reason, error]]);
    });

    it(`is the caller's problem where the policy says so: ${reason}`, async () => {
      const { predict } = openPredictRig({
        teacher: failingTeacher(error),
        policy: { onTeacherFailure: 'error' },
      });

      await assert.rejects(ask(predict, [unsure()]), error);
    });

    it(`is the caller's problem when he asked for the teacher: ${reason}`, async () => {
      const { predict } = openPredictRig({ teacher: failingTeacher(error) });

      await assert.rejects(ask(predict, [unsure()], { route: 'teacher' }), error);
    });

    it(`is the caller's problem where there is no student: ${reason}`, async () => {
      const { predict } = openPredictRig({ teacher: failingTeacher(error), student: null });

      await assert.rejects(ask(predict, [unsure()]), error);
    });
  }

  it('does not touch rows of which the student is sure', async () => {
    const teacher = failingTeacher(new TeacherFailedError('Down.'));
    const { predict } = openPredictRig({ teacher });

    const answers = await ask(predict, [sure(), unsure(), sure()]);

    assert.deepEqual(
      answers.map(({ route }) => route),
      ['student', 'degraded', 'student'],
    );
    assert.ok(!('teacher' in answers[0]!.latencyMs));
  });

  it('gives the student’s probabilities with the student’s answer', async () => {
    const teacher = failingTeacher(new TeacherFailedError('Down.'));
    const { predict } = openPredictRig({ teacher });

    const [answer] = await ask(predict, [unsure()], { hasProbabilities: true });

    assert.ok(Math.abs(answer!.probabilities!['dark']! - 0.6) < 1e-6);
  });

  it('is not an excuse for our own mistakes', async () => {
    const { predict } = openPredictRig({ teacher: failingTeacher(new TypeError('x')) });

    await assert.rejects(ask(predict, [unsure()]), TypeError);
  });
});

describe('a capture log that cannot commit', () => {
  const full = new CaptureFailedError('Disk full.');

  it('keeps the teacher’s answer from its caller, who gets the student’s, marked', async () => {
    const { predict, capture, bus } = openPredictRig();
    const announced: unknown[] = [];
    bus.on('captured', (rows) => announced.push(rows));
    bus.on('answersUnkept', (...what) => announced.push(what));
    bus.on('teacherUnusable', (...why) => announced.push(why));
    capture.failure = full;

    const [answer] = await ask(predict, [unsure()]);

    assert.equal(answer!.label, 'dark');
    assert.deepEqual([answer!.route, answer!.reason], ['degraded', 'capture-failed']);
    assert.equal(answer!.teacher, null);
    assert.deepEqual(announced, [
      [1, full],
      ['capture-failed', full],
    ]);
  });

  const noStandIn = [
    { who: 'the policy says so', policy: { onTeacherFailure: 'error' } as const },
    { who: 'he wants the teacher’s answer alone', route: 'teacher' as const },
    { who: 'there is no student', student: null },
  ];
  for (const { who, route = 'auto', ...options } of noStandIn) {
    it(`is an error to its caller where ${who}; nothing is announced`, async () => {
      const { predict, capture, bus } = openPredictRig(options);
      const announced: unknown[] = [];
      bus.on('captured', (rows) => announced.push(rows));
      bus.on('answered', (answers) => announced.push(answers));
      capture.failure = full;

      await assert.rejects(ask(predict, [unsure()], { route }), { code: 'CAPTURE_FAILED' });

      assert.deepEqual(announced, []);
    });
  }

  it('is not paid for while that is known, but for rows that nobody keeps', async () => {
    const { predict, teacher } = openPredictRig({ captureHealth: { failure: () => full } });

    const [kept] = await ask(predict, [unsure(1)]);
    const calls = teacher.asked.length;
    const [unkept] = await ask(predict, [unsure(2)], { isStored: false });

    assert.deepEqual([kept!.route, kept!.reason, calls], ['degraded', 'capture-failed', 0]);
    assert.deepEqual([unkept!.route, teacher.asked.length], ['teacher', 1]);
  });

  it('has its holdout rows labelled later, so that the sample does not lack them', async () => {
    const { predict, capture, later } = openPredictRig({
      drawRow: () => ({ ...undrawn, holdout: 0 }),
    });
    capture.failure = full;

    const [answer] = await ask(predict, [unsure()]);

    assert.deepEqual(
      later.map(({ id, reason }) => [id, reason]),
      [[answer!.id, 'capture-failed']],
    );
  });

  it('does not touch rows of which the student is sure', async () => {
    const { predict, capture } = openPredictRig();
    capture.failure = new CaptureFailedError('Disk full.');

    assert.equal((await ask(predict, [sure()]))[0]!.route, 'student');
  });

  it('has no room, and the policy decides as well', async () => {
    const lenient = openPredictRig();
    const strict = openPredictRig({ policy: { onTeacherFailure: 'error' } });
    for (const { capture } of [lenient, strict])
      capture.failure = new OverloadedError('The log is full.', 1);

    const [answer] = await ask(lenient.predict, [unsure()]);
    assert.deepEqual([answer!.route, answer!.reason], ['degraded', 'capture-failed']);
    await assert.rejects(ask(strict.predict, [unsure()]), {
      code: 'CAPTURE_FAILED',
      message: 'The log is full.',
    });
  });
});

describe('a caller who gives up', () => {
  for (const timeoutMs of [null, 60_000]) {
    const also = timeoutMs === null ? '' : ', whatever his timeoutMs';
    it(`by hanging up ends the wait; no answer is degraded for it${also}`, async () => {
      const teacher = hangingTeacher();
      const { predict, slot } = openPredictRig({ teacher });
      const caller = new AbortController();

      const answers = ask(predict, [unsure()], { timeoutMs }, caller.signal);
      await until('the teacher is asked', () => teacher.asked.length === 1);
      caller.abort();

      await assert.rejects(answers, CancelledError);
      await slot.swap(null); // The student is free.
    });
  }

  it('by his timeoutMs gets the student’s answer, marked as degraded', async () => {
    const { predict, capture } = openPredictRig({ teacher: hangingTeacher() });

    let answer: AnswerJson | undefined;
    void ask(predict, [unsure()], { timeoutMs: 5 }).then(([first]) => (answer = first));
    await until('he is answered', () => answer !== undefined);

    assert.deepEqual([answer!.route, answer!.reason], ['degraded', 'teacher-timeout']);
    assert.deepEqual(capture.rows, []);
  });

  const noStandIn = [
    { who: 'the policy says so', policy: { onTeacherFailure: 'error' } as const },
    { who: 'he wants the teacher’s answer alone', route: 'teacher' as const },
    { who: 'there is no student', student: null },
  ];
  for (const { who, route = 'auto', ...options } of noStandIn) {
    it(`by his timeoutMs gets an error where ${who}`, async () => {
      const { predict } = openPredictRig({ teacher: hangingTeacher(), ...options });

      let failure: unknown;
      ask(predict, [unsure()], { timeoutMs: 5, route }).catch((error: unknown) => {
        failure = error;
      });
      await until('he gives up', () => failure !== undefined);

      assert.ok(failure instanceof CancelledError);
    });
  }

  it('is told to the student, who may still have his rows in its queue', async () => {
    const waiters: (Waiter | undefined)[] = [];
    const student = new FakeStudent(confidentLogits, {
      onPredict: (_rows, waiter) => void waiters.push(waiter),
    });
    const { predict } = openPredictRig({ student });
    const caller = new AbortController();

    await ask(predict, [sure()], {}, caller.signal);
    caller.abort();

    assert.equal(waiters[0]!.aborted, true);
  });

  it('does not end the wait of another one', async () => {
    const teacher = new FakeTeacher();
    const answering = createGate();
    teacher.onLabel = () => answering.promise;
    const { predict } = openPredictRig({ teacher });
    const caller = new AbortController();

    const gone = ask(predict, [unsure()], {}, caller.signal);
    const waiting = ask(predict, [unsure()]);
    await until('the teacher is asked', () => teacher.asked.length === 2);
    caller.abort();
    await assert.rejects(gone, CancelledError);
    answering.open();

    assert.equal((await waiting)[0]!.route, 'teacher');
  });
});
