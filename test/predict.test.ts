import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InvalidModelOutputError } from '../src/errors.js';
import type { CapturedRow, StoredRow } from '../src/capture/capture.js';
import type { AnswerJson } from '../src/http/api-types.js';
import { FakeStudent } from './fakes/fake-student.js';
import { FakeTeacher } from './fakes/fake-teacher.js';
import { MemoryCapture } from './fakes/memory-capture.js';
import { createGate } from './support/gate.js';
import { floatsOf } from './support/inputs.js';
import {
  ask,
  confidentLogits,
  openPredictRig,
  sure,
  undrawn,
  unsure,
} from './support/predict-rig.js';
import { square } from './support/square-task.js';
import { turnsOfTheLoop, until } from './support/until.js';

const routesOf = (answers: readonly AnswerJson[]) =>
  answers.map(({ route, reason }) => `${route}: ${reason}`);
const nearly = (actual: number, expected: number, tolerance = 1e-6): void =>
  assert.ok(Math.abs(actual - expected) < tolerance, `${actual} is not ${expected}`);
/** Each part of a sum is rounded to a microsecond, and the sum itself. */
const sumToleranceMs = 0.003;

describe('a row of which the student is sure', () => {
  it('is answered by the student, and the teacher is not asked', async () => {
    const { predict, teacher, capture, later } = openPredictRig();

    const [answer] = await ask(predict, [sure()]);

    const { confidence, latencyMs, costUsd, ...rest } = answer!;
    assert.deepEqual(rest, {
      id: 'row-0',
      label: 'dark',
      route: 'student',
      reason: 'confident',
      threshold: 0.9,
      studentVersion: 'v1-00000001',
      teacher: null,
    });
    nearly(confidence!, Math.fround(0.99));
    assert.deepEqual(Object.keys(latencyMs), ['preprocess', 'student', 'total']);
    nearly(latencyMs.total, 0.5 + latencyMs.student!);
    nearly(costUsd, 0.1 / 1000);
    assert.deepEqual([teacher.asked, capture.rows, later], [[], [], []]);
  });

  it('is one whose confidence is the threshold itself', async () => {
    const row = square(0.75);
    const [before] = await ask(openPredictRig({ threshold: null }).predict, [row]);

    const { predict } = openPredictRig({ threshold: before!.confidence });

    assert.deepEqual(routesOf(await ask(predict, [row])), ['student: confident']);
  });
});

describe('a row of which the student is unsure', () => {
  it('is answered by the teacher, and says what both thought', async () => {
    const { predict, capture } = openPredictRig();

    const [answer] = await ask(predict, [unsure()]);

    const { confidence, latencyMs, costUsd, ...rest } = answer!;
    assert.deepEqual(rest, {
      id: 'row-0',
      label: 'bright',
      route: 'teacher',
      reason: 'unsure',
      threshold: 0.9,
      studentVersion: 'v1-00000001',
      teacher: 'oracle',
    });
    nearly(confidence!, Math.fround(0.6));
    assert.deepEqual(Object.keys(latencyMs), [
      ...['preprocess', 'student', 'teacher', 'capture', 'total'],
    ]);
    const { preprocess, student, teacher, capture: captureMs } = latencyMs;
    nearly(latencyMs.total, preprocess + student! + teacher! + captureMs!, sumToleranceMs);
    nearly(costUsd, 0.01 + 0.1 / 1000);
    const { teacherLatencyMs, studentLatencyMs } = capture.rows[0]!;
    assert.ok(teacherLatencyMs >= 0 && studentLatencyMs! >= 0);
    assert.deepEqual(capture.rows[0], {
      sequence: 1,
      id: 'row-0',
      task: 'squares',
      source: 'traffic',
      createdMs: 1_700_000_000_000,
      input: unsure(),
      inputKept: 'full',
      inputHash: undrawn.inputHash,
      route: 'teacher',
      reason: 'unsure',
      isHoldout: false,
      isTrainable: true,
      propensity: 1,
      holdoutRate: 0.1,
      studentVersion: 'v1-00000001',
      studentLogits: confidentLogits(floatsOf(unsure())),
      studentLabel: 0,
      studentLatencyMs,
      confidence,
      threshold: 0.9,
      teacherName: 'oracle',
      teacherVersion: 't1-00000001',
      teacherLabel: 1,
      teacherProbabilities: Float64Array.of(0.25, 0.75),
      teacherLatencyMs,
      costUsd: 0.01,
      client: 'shop',
      subject: null,
      feedback: null,
    } satisfies StoredRow);
  });

  it('is on disk before its caller has the answer', async () => {
    const disk = createGate();
    const appended: (readonly CapturedRow[])[] = [];
    const capture = Object.assign(new MemoryCapture(), {
      append: (rows: readonly CapturedRow[]) => {
        appended.push(rows);
        return disk.promise;
      },
    });
    const { predict, bus } = openPredictRig({ capture });
    let isAnswered = false;
    let isAnnounced = false;
    bus.on('captured', () => (isAnnounced = true));

    const answers = ask(predict, [unsure()]);
    void answers.then(() => (isAnswered = true));
    await until('the row is on its way to the disk', () => appended.length === 1);
    await turnsOfTheLoop();

    assert.deepEqual([isAnswered, isAnnounced], [false, false]);
    disk.open();
    assert.equal((await answers)[0]!.route, 'teacher');
    assert.equal(isAnnounced, true);
  });

  it('is answered by the teacher for another reason where nothing is certified', async () => {
    const { predict } = openPredictRig({ threshold: null });
    const [answer] = await ask(predict, [sure()]);

    assert.deepEqual(routesOf([answer!]), ['teacher: not-certified']);
    assert.equal(answer!.threshold, null);
    assert.equal(answer!.studentVersion, 'v1-00000001');
  });

  it('is answered by the teacher where there is no student, at the teacher’s price', async () => {
    const { predict } = openPredictRig({ student: null });
    const [answer] = await ask(predict, [sure()]);

    assert.deepEqual(routesOf([answer!]), ['teacher: no-student']);
    assert.deepEqual([answer!.confidence, answer!.studentVersion], [null, null]);
    assert.deepEqual(Object.keys(answer!.latencyMs), ['preprocess', 'teacher', 'capture', 'total']);
    assert.equal(answer!.costUsd, 0.01);
  });
});

describe('a batch', () => {
  it('is decided row by row, and merged in its order', async () => {
    const { predict, teacher, capture } = openPredictRig();
    const rows = [unsure(1), sure(2), unsure(3), sure(4), sure(5), unsure(6)];

    const answers = await ask(predict, rows);

    assert.deepEqual(
      answers.map(({ label }) => label),
      ['bright', 'dark', 'bright', 'dark', 'dark', 'bright'],
    );
    assert.deepEqual(
      answers.map(({ id }) => id),
      ['row-0', 'row-1', 'row-2', 'row-3', 'row-4', 'row-5'],
    );
    assert.deepEqual(teacher.asked, [[rows[0], rows[2], rows[5]]]);
    assert.deepEqual(
      capture.rows.map(({ id }) => id),
      ['row-0', 'row-2', 'row-5'],
    );
    assert.ok(answers.every(({ latencyMs }) => 'teacher' in latencyMs === 'capture' in latencyMs));
  });

  it('gives each row the label that the teacher gave to it', async () => {
    const teacher = new FakeTeacher((row) => Number(row[1]! % 2 === 0));
    const { predict } = openPredictRig({ teacher });

    const answers = await ask(predict, [unsure(2), unsure(3), unsure(4)]);

    assert.deepEqual(
      answers.map(({ label }) => label),
      ['bright', 'dark', 'bright'],
    );
  });

  it('asks the student once for all rows', async () => {
    const student = new FakeStudent(confidentLogits);
    const { predict } = openPredictRig({ student });

    await ask(predict, [sure(), unsure(), sure()]);

    assert.equal(student.calls.length, 1);
  });
});

describe('what a caller may ask for', () => {
  it('is the teacher: it answers although the student is sure', async () => {
    const { predict, capture } = openPredictRig();

    assert.deepEqual(routesOf(await ask(predict, [sure()], { route: 'teacher' })), [
      'teacher: requested',
    ]);
    assert.equal(capture.rows[0]!.reason, 'requested');
  });

  it('is the student: it answers although it is unsure, or nothing is certified', async () => {
    const { predict } = openPredictRig();
    const uncertified = openPredictRig({ threshold: null });

    assert.deepEqual(routesOf(await ask(predict, [unsure()], { route: 'student' })), [
      'student: requested',
    ]);
    assert.deepEqual(routesOf(await ask(uncertified.predict, [sure()], { route: 'student' })), [
      'student: requested',
    ]);
  });

  it('is the student: where there is none, that is said and nobody else is paid', async () => {
    const { predict, teacher } = openPredictRig({ student: null });

    await assert.rejects(ask(predict, [sure()], { route: 'student' }), {
      code: 'CONFLICT',
      message: /^squares has no student yet\. Ask with "route": "auto"/,
    });
    assert.deepEqual(teacher.asked, []);
  });

  it('is probabilities, of whoever answered', async () => {
    const { predict } = openPredictRig();

    const answers = await ask(predict, [sure(), unsure()], { hasProbabilities: true });
    const [without] = await ask(predict, [sure()]);

    const { dark, bright } = answers[0]!.probabilities!;
    nearly(dark!, Math.fround(0.99));
    nearly(dark! + bright!, 1);
    assert.deepEqual(answers[1]!.probabilities, { dark: 0.25, bright: 0.75 });
    assert.ok(!('probabilities' in without!));
  });

  it('are calibrated probabilities: the student’s temperature flattens them', async () => {
    const student = new FakeStudent(() => Float32Array.of(2, 0), { temperature: 2 });
    const { predict } = openPredictRig({ student, threshold: 0.7 });

    const [answer] = await ask(predict, [sure()]);

    nearly(answer!.confidence!, 1 / (1 + Math.exp(-1)));
  });
});

describe('confidence', () => {
  it('is the score that the student’s bundle names: it decides who answers', async () => {
    const student = new FakeStudent(() => Float32Array.of(2, 0), { score: 'margin' });
    const { predict } = openPredictRig({ student, threshold: 0.8 });

    const [answer] = await ask(predict, [sure()], { hasProbabilities: true });

    const top = 1 / (1 + Math.exp(-2)); // 0.88: above the threshold. Its lead of 0.76 is not.
    nearly(answer!.confidence!, 2 * top - 1);
    assert.equal(answer!.reason, 'unsure');
  });
});

describe('one request', () => {
  it('sees one student and one threshold, though another is promoted in the middle', async () => {
    const running = createGate();
    const old = new FakeStudent(confidentLogits, { onPredict: () => running.promise });
    const { predict, slot, guarantee } = openPredictRig({ student: old });

    const answers = ask(predict, [sure(), square(0.85)]);
    await until('the old student is asked', () => old.calls.length === 1);
    const next = new FakeStudent(confidentLogits, { version: 'v2-00000002', runMs: 50 });
    const swapped = slot.swap(next);
    guarantee.bind('another', []);
    assert.equal(guarantee.threshold, null);
    assert.equal(old.isClosed, false);
    running.open();

    const [first, second] = await answers;
    assert.deepEqual(routesOf([first!, second!]), ['student: confident', 'teacher: unsure']);
    for (const { studentVersion, threshold } of [first!, second!])
      assert.deepEqual([studentVersion, threshold], ['v1-00000001', 0.9]);
    nearly(first!.costUsd, 0.1 / 1000); // Not the price of the next one.
    await swapped;
    assert.equal(old.isClosed, true);
    const [after] = await ask(predict, [sure()]);
    assert.deepEqual([after!.studentVersion, after!.threshold], ['v2-00000002', null]);
  });

  it('lets go of its student also when it fails', async () => {
    const student = new FakeStudent(() => Float32Array.of(NaN, 0));
    const { predict, slot } = openPredictRig({ student });

    const asked = ask(predict, [sure()], { route: 'student' });
    await assert.rejects(asked, { code: 'INVALID_MODEL_OUTPUT' });
    await slot.swap(null);

    assert.equal(student.isClosed, true);
  });

  it('goes to the teacher when the student can not answer it, and that is announced', async () => {
    const student = new FakeStudent(() => {
      throw new InvalidModelOutputError('NaN');
    });
    const { predict, bus } = openPredictRig({ student });
    const failed: number[] = [];
    bus.on('studentFailed', (rows) => failed.push(rows));

    const [answer] = await ask(predict, [sure()]);

    assert.deepEqual(
      [answer!.route, answer!.reason, answer!.confidence],
      ['teacher', 'student-failed', null],
    );
    assert.deepEqual(failed, [1]);
  });

  it('is announced once, with all its answers, and each captured row once', async () => {
    const { predict, bus } = openPredictRig();
    const announced: (readonly AnswerJson[])[] = [];
    const captured: string[] = [];
    bus.on('answered', (answers) => announced.push(answers));
    bus.on('captured', (rows) => captured.push(...rows.map(({ id }) => id)));

    const answers = await ask(predict, [unsure(), sure(), unsure()]);

    assert.deepEqual(announced, [answers]);
    assert.deepEqual(captured, ['row-0', 'row-2']);
  });
});
