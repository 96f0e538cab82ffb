import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { unlimited } from '../../src/serving/budget-account.js';
import type { CapturedRow, TeacherCheck } from '../../src/capture/capture.js';
import { TeacherFailedError } from '../../src/errors.js';
import { createTaskBus } from '../../src/serving/task-bus.js';
import { createTeacherChecker } from '../../src/serving/teacher-checker.js';
import { FakeTeacher } from '../fakes/fake-teacher.js';
import { MemoryCapture } from '../fakes/memory-capture.js';
import { createGate } from '../support/gate.js';
import { unlimitedBudget, type FakeBudget } from '../support/predict-rig.js';
import { holdoutRow } from '../support/switch-rig.js';
import { turnsOfTheLoop, until } from '../support/until.js';

interface Options {
  readonly reaskRate?: number;
  readonly teacher?: FakeTeacher;
  readonly capture?: MemoryCapture;
  readonly budget?: FakeBudget;
}

function open({ reaskRate = 1, teacher = new FakeTeacher(), ...options }: Options = {}) {
  const { budget = unlimitedBudget } = options;
  const bus = createTaskBus();
  const capture = options.capture ?? new MemoryCapture();
  const rowsAfter = { ms: 0 };
  const checks: TeacherCheck[] = [];
  const lost: { error: unknown; costUsd: number }[] = [];
  bus.on('teacherChecked', (check) => checks.push(check));
  bus.on('teacherCheckLost', (error, costUsd) => lost.push({ error, costUsd }));
  const checker = createTeacherChecker({
    bus,
    task: 'squares',
    teacher,
    budget,
    capture,
    holdoutKey: new Uint8Array(32).fill(1),
    reaskRate: () => reaskRate,
    rowsAfterMs: () => rowsAfter.ms,
    now: () => 1_800_000_000_000,
  });
  const capturing = async (rows: readonly CapturedRow[]): Promise<void> => {
    await capture.append(rows);
    bus.emit('captured', rows);
  };
  return { checker, bus, capture, teacher, checks, lost, capturing, rowsAfter };
}

describe('a check of the teacher', () => {
  it('asks about a holdout row twice, one after the other, and is on disk', async () => {
    const labels = [0, 1];
    const teacher = new FakeTeacher(() => labels.shift()!);
    const { capturing, checks, capture } = open({ teacher });
    const row = holdoutRow(7, { teacherLabel: 1, confidence: 0.87 });

    await capturing([row]);
    await until('it is announced', () => checks.length === 1);

    assert.deepEqual(teacher.asked, [[row.input], [row.input]]);
    assert.deepEqual(checks, [
      {
        task: 'squares',
        teacherVersion: 't1-00000001',
        rowId: 'row-7',
        inputHash: row.inputHash,
        rowCreatedMs: row.createdMs,
        confidence: 0.87,
        checkedMs: 1_800_000_000_000,
        label: 1,
        newLabels: [0, 1],
        costUsd: 0.02,
      },
    ]);
    assert.deepEqual(capture.checks, checks);
  });

  it('is made of old rows as of new ones: each place in the log has its chance', async () => {
    const { capturing, checks, capture } = open({ reaskRate: 0.05 });
    await capture.append(Array.from({ length: 1000 }, (_, index) => holdoutRow(index)));
    for (let index = 1000; index < 5000; index += 20) {
      await capturing(Array.from({ length: 20 }, (_, k) => holdoutRow(index + k)));
      await turnsOfTheLoop();
    }

    // 4 000 rows were announced: 200 checks, give or take four standard deviations.
    assert.ok(checks.length > 145 && checks.length < 255, `${checks.length} checks`);
    const ofTheFirst = checks.filter(({ rowCreatedMs }) => rowCreatedMs <= 1000).length;
    // Of n rows at a time, 1 000 are the first: their mean share is ln(5) / 4 = 40 %.
    const share = ofTheFirst / checks.length;
    assert.ok(share > 0.27 && share < 0.54, `${share}`);
    assert.equal(new Set(checks.map(({ inputHash }) => inputHash)).size, checks.length);
  });

  it('is drawn by the row, not by its input: who repeats himself causes no more', async () => {
    const { capturing, teacher } = open({ reaskRate: 0.1 });
    const { inputHash, input } = holdoutRow(3);
    for (let index = 0; index < 200; index++)
      await capturing([holdoutRow(index, { inputHash, input })]);
    await turnsOfTheLoop();

    assert.equal(teacher.asked.length, 2); // One input: one check, however often it is drawn.
  });

  it('is not made for other rows, nor at a rate of zero', async () => {
    const training = open();
    await training.capturing([holdoutRow(1, { isHoldout: false, isTrainable: true })]);
    const never = open({ reaskRate: 0 });
    await never.capturing(Array.from({ length: 500 }, (_, index) => holdoutRow(index)));
    await turnsOfTheLoop();

    assert.deepEqual([training.teacher.asked, never.teacher.asked], [[], []]);
  });

  it('leaves out rows that a former teacher may have labelled', async () => {
    const { capturing, checks, rowsAfter } = open();
    rowsAfter.ms = 100;
    for (let index = 90; index < 110; index++) await capturing([holdoutRow(index)]);
    await until('all are made', () => checks.length === 10);

    assert.ok(checks.every(({ rowCreatedMs }) => rowCreatedMs > 100));
  });
});

describe('a check that comes to nothing', () => {
  it('is announced with what it has cost, and the next one is made', async () => {
    const teacher = new FakeTeacher();
    let calls = 0;
    teacher.onLabel = () => {
      if (++calls === 2) throw new TeacherFailedError('Down.');
    };
    const { capturing, checks, lost } = open({ teacher });

    await capturing([holdoutRow(1)]);
    await until('the first is lost', () => lost.length === 1);
    await capturing([holdoutRow(2)]);
    await until('the second is made', () => checks.length === 1);

    assert.equal(lost[0]!.costUsd, 0.01);
    assert.ok(lost[0]!.error instanceof TeacherFailedError);
  });

  it('is not made without money; what it takes is paid from the budget of labels', async () => {
    const left = { calls: 3 };
    const settled: (number | null)[] = [];
    const budget: FakeBudget = {
      ...unlimitedBudget,
      reserve: (rows, purpose) => {
        assert.equal(purpose, 'label');
        const fit = Math.min(rows, left.calls);
        left.calls -= fit;
        return { ...unlimited(fit), settle: (costUsd) => void settled.push(costUsd) };
      },
    };
    const { capturing, checks, lost, teacher } = open({ budget });

    await capturing([holdoutRow(1)]);
    await capturing([holdoutRow(2)]);
    await until('the second is lost', () => lost.length === 1);

    assert.equal(checks.length, 1);
    assert.equal(teacher.asked.length, 3);
    assert.deepEqual(settled, [0.01, 0.01, 0.01]);
    assert.equal(lost[0]!.costUsd, 0.01);
    assert.match(String(lost[0]!.error), /budget of the teacher is spent/);
  });

  it('is one too many for a slow teacher: 64 may wait', async () => {
    const answering = createGate();
    const teacher = new FakeTeacher();
    teacher.onLabel = () => answering.promise;
    const { capturing, checks, lost } = open({ teacher });
    await capturing([holdoutRow(0)]);
    await until('the teacher is asked', () => teacher.asked.length === 1);

    await capturing(Array.from({ length: 67 }, (_, index) => holdoutRow(index + 1)));

    assert.deepEqual(
      lost.map(({ costUsd }) => costUsd),
      [0, 0, 0],
    );
    answering.open();
    await until('those that waited are made', () => checks.length === 65);
  });

  it('does not hold a gateway up that stops', async () => {
    const teacher = new FakeTeacher();
    teacher.onLabel = () => createGate().promise;
    const { checker, capturing, checks, lost } = open({ teacher });
    await capturing(Array.from({ length: 5 }, (_, index) => holdoutRow(index)));
    await until('the teacher is asked', () => teacher.asked.length === 1);

    await checker.stop();
    await capturing([holdoutRow(9)]);

    assert.deepEqual([checks, lost, teacher.asked.length], [[], [], 1]);
  });
});
