import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CapturedRow } from '../../src/capture/capture.js';
import { CaptureFailedError, TeacherFailedError } from '../../src/errors.js';
import { createHoldoutLabeller } from '../../src/serving/holdout-labeller.js';
import { createTaskBus } from '../../src/serving/task-bus.js';
import { FakeTeacher } from '../fakes/fake-teacher.js';
import { healthy, MemoryCapture } from '../fakes/memory-capture.js';
import { createGate, type Gate } from '../support/gate.js';
import { pendingRow } from '../support/pending-row.js';
import { unlimitedBudget } from '../support/predict-rig.js';
import { turnsOfTheLoop, until } from '../support/until.js';

function open(teacher = new FakeTeacher(), budget = unlimitedBudget, captureHealth = healthy) {
  const capture = new MemoryCapture();
  const bus = createTaskBus();
  const announced: CapturedRow[] = [];
  const lost: { rows: number; error: unknown }[] = [];
  bus.on('captured', (rows) => announced.push(...rows));
  bus.on('labellingLost', (rows, error) => lost.push({ rows, error }));
  const unkept: number[] = [];
  bus.on('answersUnkept', (rows) => unkept.push(rows));
  const pauses: number[] = [];
  const pausing: { gate: Gate | null } = { gate: null };
  const labeller = createHoldoutLabeller({
    teacher,
    capture,
    captureHealth,
    bus,
    budget,
    pause: (durationMs, signal) => {
      pauses.push(durationMs);
      if (pausing.gate === null) return Promise.resolve();
      const aborted = new Promise<void>((_, reject) =>
        signal.addEventListener('abort', () => reject(new Error('Drained.'))),
      );
      return Promise.race([pausing.gate.promise, aborted]);
    },
  });
  return { labeller, teacher, capture, announced, lost, unkept, pauses, pausing };
}
const down = (): never => {
  throw new TeacherFailedError('Down.');
};
/** A teacher that fails so many times, then answers. */
function failing(times: number): FakeTeacher {
  const teacher = new FakeTeacher();
  let calls = 0;
  teacher.onLabel = () => {
    if (calls++ < times) down();
  };
  return teacher;
}

describe('a row that is labelled off its caller’s path', () => {
  it('is not paid for while the log takes no rows', async () => {
    const full = new CaptureFailedError('Disk full.');
    const health = { failure: () => full };
    const { labeller, teacher, lost } = open(new FakeTeacher(), unlimitedBudget, health);

    labeller.add(pendingRow(1));
    await until('it is given up', () => lost.length === 1);

    assert.deepEqual([teacher.asked.length, lost[0]!.error], [0, full]);
  });

  it('goes to the teacher, to the disk, and is then announced', async () => {
    const { labeller, capture, announced } = open();

    labeller.add(pendingRow(1));
    await until('it is captured', () => announced.length === 1);

    const [row] = capture.rows;
    const { teacherLatencyMs } = row!;
    assert.ok(teacherLatencyMs >= 0);
    assert.deepEqual(row, {
      ...pendingRow(1),
      sequence: 1,
      feedback: null,
      teacherName: 'oracle',
      teacherVersion: 't1-00000001',
      teacherLabel: 1,
      teacherProbabilities: Float64Array.of(0.25, 0.75),
      teacherLatencyMs,
      costUsd: 0.01,
    });
    assert.equal(labeller.pending(), 0);
  });

  it('waits for those before it, and goes with others, at most 32 at once', async () => {
    const answering = createGate();
    const teacher = new FakeTeacher();
    teacher.onLabel = () => answering.promise;
    const { labeller, capture } = open(teacher);

    for (let row = 0; row < 100; row++) labeller.add(pendingRow(row));
    await until('the teacher is asked', () => teacher.asked.length === 1);
    const pendingAtFirst = labeller.pending();
    answering.open();
    await labeller.drain();

    assert.equal(pendingAtFirst, 100);
    assert.deepEqual(
      teacher.asked.map(({ length }) => length),
      [1, 32, 32, 32, 3],
    );
    assert.deepEqual(
      capture.rows.map(({ id }) => id),
      Array.from({ length: 100 }, (_, row) => `row-${row}`),
    );
    assert.equal(labeller.pending(), 0);
  });

  it('is dropped when its subject is erased, after those at the teacher are on disk', async () => {
    const answering = createGate();
    const teacher = new FakeTeacher();
    teacher.onLabel = () => answering.promise;
    const { labeller, capture } = open(teacher);
    for (const [row, subject] of ['ann', 'ann', 'ben'].entries())
      labeller.add(pendingRow(row, { subject }));
    await until('the teacher is asked', () => teacher.asked.length === 1);

    const forgotten = labeller.forget('ann');
    answering.open();
    await forgotten;

    assert.deepEqual(
      capture.rows.map(({ id }) => id),
      ['row-0'],
    );
    await labeller.drain();
    assert.equal(capture.rows.at(-1)!.id, 'row-2');
    assert.equal(capture.rows.length, 2);
  });

  it('is tried five times, with pauses that double', async () => {
    const { labeller, announced, lost, pauses, teacher } = open(failing(4));

    labeller.add(pendingRow(1));
    await until('it is captured', () => announced.length === 1);

    assert.deepEqual(pauses, [100, 200, 400, 800]);
    assert.equal(teacher.asked.length, 5);
    assert.deepEqual(lost, []);
  });

  it('is lost after that, which is announced; those behind it have their own tries', async () => {
    const { labeller, announced, lost } = open(failing(5));

    labeller.add(pendingRow(1));
    labeller.add(pendingRow(2));
    await until('the second is captured', () => announced.length === 1);

    assert.equal(announced[0]!.id, 'row-2');
    assert.equal(lost.length, 1);
    assert.equal(lost[0]!.rows, 1);
    assert.ok(lost[0]!.error instanceof TeacherFailedError);
  });

  it('is not paid for twice when only the disk failed', async () => {
    const { labeller, capture, announced, pausing, pauses, teacher } = open();
    capture.failure = new CaptureFailedError('Disk full.');
    pausing.gate = createGate();

    labeller.add(pendingRow(1));
    await until('the disk failed', () => pauses.length === 1);
    capture.failure = null;
    pausing.gate.open();
    await until('it is captured', () => announced.length === 1);

    assert.equal(teacher.asked.length, 1);
    assert.equal(capture.rows.length, 1);
  });

  it('is lost with its answer where the disk fails to the end, which is announced', async () => {
    const { labeller, capture, lost, unkept, teacher } = open(failing(1));
    capture.failure = new CaptureFailedError('Disk full.');

    labeller.add(pendingRow(1));
    await until('it is given up', () => lost.length === 1);

    assert.deepEqual([lost[0]!.rows, unkept, teacher.asked.length], [1, [1], 2]);
  });

  it('is put in once where the commit succeeded but its word got lost on the way', async () => {
    const { labeller, capture, announced, lost, pauses, teacher } = open();
    const append = capture.append.bind(capture);
    const answering = createGate();
    teacher.onLabel = () => answering.promise;
    let calls = 0;
    capture.append = async (rows) => {
      calls++;
      await append(rows);
      if (calls === 2) throw new CaptureFailedError('The connection ended.');
    };

    for (let row = 0; row < 4; row++) labeller.add(pendingRow(row));
    answering.open();
    await until('they are captured', () => announced.length === 4);

    const ids = ['row-0', 'row-1', 'row-2', 'row-3'];
    assert.deepEqual(
      [capture.rows, announced].map((rows) => rows.map(({ id }) => id)),
      [ids, ids],
    );
    assert.deepEqual([lost, pauses, teacher.asked.length], [[], [100], 2]);
  });

  it('says how old the oldest is that is held out, also while it is at the teacher', async () => {
    const answering = createGate();
    const teacher = new FakeTeacher();
    teacher.onLabel = () => answering.promise;
    const { labeller } = open(teacher);
    labeller.add(pendingRow(0, { createdMs: 5, isHoldout: false }));
    labeller.add(pendingRow(1, { createdMs: 20, isHoldout: true }));
    assert.equal(labeller.oldestPendingMs(), 20);
    labeller.add(pendingRow(2, { createdMs: 10, isHoldout: true }));
    assert.equal(labeller.oldestPendingMs(), 10);
    answering.open();
    await labeller.drain();
    assert.equal(labeller.oldestPendingMs(), null);
  });

  it('is refused when 8192 wait, which is announced; the others are not touched', async () => {
    const answering = createGate();
    const teacher = new FakeTeacher();
    teacher.onLabel = () => answering.promise;
    const { labeller, lost, announced } = open(teacher);
    labeller.add(pendingRow(0));
    await until('the teacher is asked', () => teacher.asked.length === 1);

    for (let row = 1; row <= 8_195; row++) labeller.add(pendingRow(row));

    assert.equal(labeller.pending(), 8_193);
    assert.deepEqual(
      lost.map(({ rows }) => rows),
      [1, 1, 1],
    );
    answering.open();
    await labeller.drain();
    assert.equal(announced.length, 8_193);
  });
});

describe('a drain', () => {
  it('resolves when every row is on the disk', async () => {
    const answering = createGate();
    const teacher = new FakeTeacher();
    teacher.onLabel = () => answering.promise;
    const { labeller, capture } = open(teacher);
    for (let row = 0; row < 40; row++) labeller.add(pendingRow(row));
    let isDrained = false;

    const drained = labeller.drain().then(() => (isDrained = true));
    await turnsOfTheLoop();
    assert.equal(isDrained, false);
    answering.open();
    await drained;

    assert.equal(capture.rows.length, 40);
  });

  it('does not wait for a teacher that is down: what is left is lost, and announced', async () => {
    const teacher = new FakeTeacher();
    teacher.onLabel = down;
    const { labeller, lost, pausing, pauses } = open(teacher);
    pausing.gate = createGate(); // It never opens: only the drain ends the pause.
    for (let row = 0; row < 1_000; row++) labeller.add(pendingRow(row));
    await until('it waits to try again', () => pauses.length === 1);

    await labeller.drain();

    assert.equal(
      lost.reduce((sum, { rows }) => sum + rows, 0),
      1_000,
    );
    assert.equal(labeller.pending(), 0);
    assert.ok(teacher.asked.length <= 3, `asked ${teacher.asked.length} times`);
  });

  it('resolves at once where nothing is pending', async () => {
    await open().labeller.drain();
  });
});
