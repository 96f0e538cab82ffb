import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { writeUsedRows } from '../../src/distillation/used-rows.js';
import { ConflictError } from '../../src/errors.js';
import type { RunJson, StudentJson } from '../../src/http/api-types.js';
import { eraseSubject, type EraseParts } from '../../src/serving/erase-subject.js';
import { createErasedSubjects } from '../../src/serving/erased-subjects.js';
import { eraseOld } from '../../src/serving/retention.js';
import { MemoryCapture } from '../fakes/memory-capture.js';
import { runJson } from '../support/api-values.js';
import { capturedRow } from '../support/captured-row.js';
import { createGate } from '../support/gate.js';
import { portOf } from '../support/port-of.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
let dirs = 0;

/** Runs with the rows that they have read, their snapshots, and the versions that came of them. */
async function runsDirOf(
  runs: Readonly<Record<string, readonly string[]>>,
  changes: Readonly<Record<string, Partial<RunJson>>> = {},
): Promise<string> {
  const dir = join(directory, `runs-${dirs++}`);
  mkdirSync(dir);
  for (const [id, ids] of Object.entries(runs)) {
    mkdirSync(join(dir, id, 'snapshot'), { recursive: true });
    const timeSpanMs = { first: Number(id) * 1000, last: 1e9 };
    writeFileSync(join(dir, id, 'snapshot', 'manifest.json'), JSON.stringify({ timeSpanMs }));
    const run = runJson({ id, candidateVersion: `v${id}`, ...changes[id] });
    writeFileSync(join(dir, id, 'run.json'), JSON.stringify(run));
    await writeUsedRows(
      join(dir, id),
      ids.map((row) => ({ id: row })),
    );
  }
  return dir;
}
const student = (version: string, parent: string | null, createdAtMs = 0) =>
  ({ version, parent, createdAtMs }) as StudentJson;
const hasSnapshot = (dir: string, run: string): boolean => existsSync(join(dir, run, 'snapshot'));

function partsOf(capture: MemoryCapture, runsDir: string, changes: Partial<EraseParts> = {}) {
  const forget = async (): Promise<void> => {};
  return {
    ...{ task: 'digits', capture, runsDir, students: () => [], newId: () => '1' },
    erased: createErasedSubjects(portOf(capture), () => 1e15),
    ...{ recent: { forget: () => {} }, followers: { forget }, labeller: { forget } },
    ...changes,
  } satisfies EraseParts;
}

describe('erasing a subject', () => {
  it('takes its rows, its answers and the snapshots, and names who has seen them', async () => {
    const capture = new MemoryCapture();
    const row = { task: 'digits', subject: 'ann' };
    await capture.append([
      capturedRow({ id: 'a', ...row }),
      capturedRow({ id: 'b', ...row }),
      capturedRow({ id: 'c' }),
    ]);
    const runs = { 1: ['c'], 2: ['c', 'a'], 3: ['c', 'b'], 4: [] };
    const runsDir = await runsDirOf(runs, { 3: { candidateVersion: null } });
    const forgotten: string[] = [];
    const forget = (where: string) => async (subject: string) =>
      void forgotten.push(`${where} ${subject}`);

    const erased = await eraseSubject(
      partsOf(capture, runsDir, {
        recent: { forget: (subject) => void forgotten.push(`own ${subject}`) },
        followers: { forget: forget('workers') },
        labeller: { forget: forget('labeller') },
        students: () => [student('v4', 'v3'), student('v3', 'v2'), student('v2', 'v1')],
      }),
      'ann',
    );

    assert.deepEqual(erased, {
      ...{ rows: 2, students: ['v2'], descendants: ['v3', 'v4'], unknown: [], snapshots: 2 },
      oldPages: 'gone',
    });
    assert.deepEqual(forgotten, ['own ann', 'workers ann', 'labeller ann']);
    assert.deepEqual(
      capture.rows.map(({ id }) => id),
      ['c'],
    );
    const has = (run: string): boolean => hasSnapshot(runsDir, run);
    assert.deepEqual(['1', '2', '3', '4'].map(has), [true, false, false, true]);
    assert.equal(await capture.acquireLease('distil:digits', 'a run', 1), true);
  });

  it('names students of runs that nobody remembers, and of those that did not say so', async () => {
    const capture = new MemoryCapture();
    await capture.append([capturedRow({ id: 'a', subject: 'ann' })]);
    const ids = Array.from({ length: 150 }, (_, k) => String(1000 + k));
    const killed = { candidateVersion: null, startedAtMs: 500, endedAtMs: 600 };
    const runsDir = await runsDirOf(Object.fromEntries(ids.map((id) => [id, ['a']])), {
      1001: { ...killed, state: 'failed' },
      1002: { ...killed, state: 'failed', startedAtMs: 700, endedAtMs: 800 },
    });
    const students = (): StudentJson[] => [student('v7', null, 550)];

    const erased = await eraseSubject(partsOf(capture, runsDir, { students }), 'ann');

    const versions = ids.map((id) => `v${id}`).filter((v) => v !== 'v1001' && v !== 'v1002');
    assert.deepEqual([...erased.students].sort(), [...versions, 'v7'].sort());
    assert.deepEqual(erased.unknown, []);
  });

  it('says of which runs it can not tell what they read, and keeps no snapshot', async () => {
    const capture = new MemoryCapture();
    await capture.append([capturedRow({ id: 'a', subject: 'ann' })]);
    const runsDir = await runsDirOf(
      { 1: ['b'], 2: ['b'], 3: ['a'], 4: [], 5: [], 6: ['b'] },
      { 4: { compresses: 'v1' }, 5: { candidateVersion: null } },
    );
    const rmOf = (run: string, file: string): void => rmSync(join(runsDir, run, file));
    rmOf('1', 'used-rows.bin');
    writeFileSync(join(runsDir, '2', 'used-rows.bin'), 'half');
    writeFileSync(join(runsDir, '3', 'run.json'), '{"id":');
    for (const run of ['4', '5']) {
      rmOf(run, 'used-rows.bin');
      rmSync(join(runsDir, run, 'snapshot'), { recursive: true });
    }

    const erased = await eraseSubject(partsOf(capture, runsDir), 'ann');

    assert.deepEqual(erased.students, []);
    assert.deepEqual(erased.unknown, [
      { run: '1', student: 'v1' },
      { run: '2', student: 'v2' },
      { run: '3', student: null },
    ]);
    const has = (run: string): boolean => hasSnapshot(runsDir, run);
    assert.deepEqual(['1', '2', '3', '6'].map(has), [false, false, false, true]);
  });

  it('goes step by step, so that other commits come in between', async () => {
    const capture = new MemoryCapture();
    const rows = Array.from({ length: 1200 }, (_, k) =>
      capturedRow({ id: `r${k}`, subject: 'ann' }),
    );
    await capture.append(rows);
    const steps: number[] = [];
    const step = capture.eraseSubject.bind(capture);
    capture.eraseSubject = async (task, subject, rowsMax) => {
      const count = await step(task, subject, rowsMax);
      steps.push(count);
      return count;
    };

    const { rows: count } = await eraseSubject(partsOf(capture, await runsDirOf({})), 'ann');

    assert.equal(count, 1200);
    assert.deepEqual(steps, [500, 500, 200]);
  });

  it('waits for no row at the teacher, which does not come into the log', async () => {
    const capture = new MemoryCapture();
    const labelling = createGate();
    const erased = createErasedSubjects(portOf(capture), () => 1e15);
    const parts = partsOf(capture, await runsDirOf({}), {
      ...{ erased, labeller: { forget: () => labelling.promise } },
    });

    await eraseSubject(parts, 'ann'); // The teacher has not answered yet.

    await erased.capture.append([capturedRow({ id: 'late', subject: 'ann' })]);
    assert.equal(capture.rows.length, 0);
  });

  it('erases what was said of an answer whose row has yet to come', async () => {
    const capture = new MemoryCapture();
    const erased = createErasedSubjects(portOf(capture), () => 1e15);
    const parts = partsOf(capture, await runsDirOf({}), { erased });
    erased.noteLabelled('ann', 'owed');
    const said = { task: 'digits', label: 1, origin: 'caller', givenMs: 1, client: 'c' } as const;
    await capture.appendFeedback({ ...said, id: 'owed' });

    await eraseSubject(parts, 'ann');

    assert.equal(await capture.appendFeedback({ ...said, id: 'owed' }), 'erased');
  });

  it('is done once at a time: the first one keeps its lease until its end', async () => {
    const capture = new MemoryCapture();
    const gate = createGate();
    let id = 0;
    const parts = partsOf(capture, directory, {
      followers: { forget: async () => gate.promise },
      newId: () => String(id++),
    });
    const first = eraseSubject(parts, 'ann');

    await assert.rejects(eraseSubject(parts, 'ann'), ConflictError);
    assert.equal(await capture.acquireLease('distil:digits', 'a run', 1), false);
    gate.open();
    assert.equal((await first).rows, 0);
  });

  it('waits for no run: it says that one is going on, and erases nothing', async () => {
    const capture = new MemoryCapture();
    await capture.append([capturedRow({ id: 'a', subject: 'ann' })]);
    await capture.acquireLease('distil:digits', 'a run', 60_000);
    const forget = async (): Promise<void> => assert.fail();
    const nobody = { recent: { forget }, followers: { forget }, labeller: { forget } };

    await assert.rejects(eraseSubject(partsOf(capture, directory, nobody), 'ann'), ConflictError);
    assert.equal(capture.rows.length, 1);
  });
});

describe('retention', () => {
  it('erases rows, and snapshots with such rows, from before its days', async () => {
    const capture = new MemoryCapture();
    const dayMs = 86_400_000;
    const at = (days: number) => capturedRow({ id: `${days}`, createdMs: days * dayMs });
    await capture.append([at(1), at(2), at(3)]);
    const runsDir = await runsDirOf({ 1: [], [String(3 * 86_400)]: [], 2: [] });

    await eraseOld({
      ...{ task: 'digits', retentionDays: 2, capture, runsDir, now: () => 4.5 * dayMs },
      runs: () => [runJson({ id: '2', state: 'running' })],
    });

    assert.deepEqual(
      capture.rows.map(({ id }) => id),
      ['3'],
    );
    const has = (run: string): boolean => existsSync(join(runsDir, run, 'snapshot'));
    assert.deepEqual(['1', String(3 * 86_400), '2'].map(has), [false, true, true]);
  });
});
