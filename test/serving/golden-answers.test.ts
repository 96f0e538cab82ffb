import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { unlimited } from '../../src/serving/budget-account.js';
import { goldenKeyOf } from '../../src/distillation/grade-teacher.js';
import { createJsonFile } from '../../src/files/json-file.js';
import {
  askGolden,
  goldenAskedMax,
  savedGoldenAnswersSchema,
  type GoldenAnswersParts,
  type SavedGoldenAnswers,
} from '../../src/serving/golden-answers.js';
import { createTaskBus } from '../../src/serving/task-bus.js';
import { FakeTeacher } from '../fakes/fake-teacher.js';
import { square } from '../support/square-task.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
const goldenInputs = Array.from({ length: 20 }, (_, k) => square(k % 2, k / 100));
const { signal } = new AbortController();

function open(changes: Partial<GoldenAnswersParts> = {}) {
  const teacher = new FakeTeacher((pixels) => (pixels[0]! < 0.5 ? 0 : 1));
  const bus = createTaskBus();
  const spentUsd: number[] = [];
  const lost: unknown[] = [];
  bus.on('teacherGraded', (costUsd) => spentUsd.push(costUsd));
  bus.on('teacherUngraded', (error) => lost.push(error));
  const path = join(mkdtempSync(join(directory, 'task-')), 'golden-answers.json');
  const file = createJsonFile<SavedGoldenAnswers>(path, {
    advice: 'Delete it.',
    schema: savedGoldenAnswersSchema,
  });
  const parts: GoldenAnswersParts = {
    ...{ bus, teacher, goldenInputs, file },
    budget: { ready: async () => {}, reserve: unlimited },
    teacherChangedMs: () => 0,
    now: () => 1000,
    ...changes,
  };
  const askedRows = (): number => teacher.asked.reduce((sum, rows) => sum + rows.length, 0);
  return { parts, teacher, spentUsd, lost, askedRows };
}

describe('what the teacher says of golden rows', () => {
  it('is asked once for a version of it, in small calls that are paid for', async () => {
    const { parts, teacher, spentUsd, askedRows } = open();

    const labels = await askGolden(parts, signal);
    const again = await askGolden(parts, signal);

    const expected = goldenInputs.map((input, k) => [goldenKeyOf(input), k % 2]);
    assert.deepEqual(labels, Object.fromEntries(expected));
    assert.deepEqual(again, labels);
    assert.equal(askedRows(), 20);
    assert.ok(teacher.asked.every((rows) => rows.length <= 8));
    assert.ok(Math.abs(spentUsd.reduce((sum, cost) => sum + cost, 0) - 20 * 0.01) < 1e-9);
  });

  it('is asked anew of another version, and of one that was found to have changed', async () => {
    const { parts, askedRows } = open();
    await askGolden(parts, signal);
    const other = open({ file: parts.file });
    Object.assign(other.teacher, { version: 't2-00000002' });

    await askGolden(other.parts, signal);
    assert.equal(other.askedRows(), 20);

    await askGolden({ ...other.parts, teacherChangedMs: () => 1000, now: () => 2000 }, signal);
    assert.equal(other.askedRows(), 40);
    assert.equal(askedRows(), 20);
  });

  it('is what is known when it can not be used, and the next run asks for the rest', async () => {
    const { parts, teacher, lost, askedRows } = open();
    teacher.onLabel = () => {
      if (teacher.asked.length === 2) throw new Error('The teacher is down.');
    };

    assert.equal(Object.keys(await askGolden(parts, signal)).length, 8);
    assert.match(String(lost[0]), /is down/);

    assert.equal(Object.keys(await askGolden(parts, signal)).length, 20);
    assert.equal(askedRows(), 8 + 8 + 12);
  });

  it('is asked as far as the hour’s budget goes', async () => {
    let left = 10;
    const reserve = (wanted: number) => {
      const rows = Math.min(wanted, left);
      left -= rows;
      return unlimited(rows);
    };
    const { parts, askedRows } = open({ budget: { ready: async () => {}, reserve } });

    assert.equal(Object.keys(await askGolden(parts, signal)).length, 10);
    assert.equal(askedRows(), 10);
  });

  it('is given up when the run is stopped, and nobody is told of a failure', async () => {
    const { parts, lost } = open();

    assert.deepEqual(await askGolden(parts, AbortSignal.abort()), {});
    assert.deepEqual(lost, []);
  });

  it('is asked of a sample of many, the same one each time', async () => {
    const many = Array.from({ length: 2 * goldenAskedMax }, (_, k) => square(0.25, k / 1000));
    const { parts, askedRows } = open({ goldenInputs: many });

    const labels = await askGolden(parts, signal);

    assert.equal(Object.keys(labels).length, goldenAskedMax);
    assert.deepEqual(
      await askGolden({ ...parts, goldenInputs: many.toReversed() }, signal),
      labels,
    );
    assert.equal(askedRows(), goldenAskedMax);
  });
});
