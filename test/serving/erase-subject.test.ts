import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { writeUsedRows } from '../../src/distillation/used-rows.js';
import { ConflictError } from '../../src/errors.js';
import type { StudentJson } from '../../src/http/api-types.js';
import { eraseSubject } from '../../src/serving/erase-subject.js';
import { eraseOld } from '../../src/serving/retention.js';
import { MemoryCapture } from '../fakes/memory-capture.js';
import { runJson } from '../support/api-values.js';
import { capturedRow } from '../support/captured-row.js';
import { createGate } from '../support/gate.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
let dirs = 0;

/** Runs with the rows that they have read, and their snapshots. */
async function runsDirOf(runs: Readonly<Record<string, readonly string[]>>): Promise<string> {
  const dir = join(directory, `runs-${dirs++}`);
  for (const [run, ids] of Object.entries(runs)) {
    mkdirSync(join(dir, run, 'snapshot'), { recursive: true });
    const timeSpanMs = { first: Number(run) * 1000, last: 1e9 };
    writeFileSync(join(dir, run, 'snapshot', 'manifest.json'), JSON.stringify({ timeSpanMs }));
    await writeUsedRows(
      join(dir, run),
      ids.map((id) => ({ id })),
    );
  }
  return dir;
}
const student = (version: string, parent: string | null) => ({ version, parent }) as StudentJson;

describe('erasing a subject', () => {
  it('takes its rows, its answers and the snapshots, and names who has seen them', async () => {
    const capture = new MemoryCapture();
    const row = { task: 'digits', subject: 'ann' };
    await capture.append([
      capturedRow({ id: 'a', ...row }),
      capturedRow({ id: 'b', ...row }),
      capturedRow({ id: 'c' }),
    ]);
    const runsDir = await runsDirOf({ 1: ['c'], 2: ['c', 'a'], 3: ['c', 'b'], 4: [] });
    const forgotten: string[] = [];
    const forget = (where: string) => async (subject: string) =>
      void forgotten.push(`${where} ${subject}`);

    const erased = await eraseSubject(
      {
        task: 'digits',
        capture,
        runsDir,
        recent: { forget: (subject) => void forgotten.push(`own ${subject}`) },
        followers: { forget: forget('workers') },
        labeller: { forget: forget('labeller') },
        runs: () => [
          runJson({ id: '3', candidateVersion: null }),
          runJson({ id: '2', candidateVersion: 'v2' }),
          runJson({ id: '1', candidateVersion: 'v1' }),
        ],
        students: () => [student('v4', 'v3'), student('v3', 'v2'), student('v2', 'v1')],
        newId: () => '1',
      },
      'ann',
    );

    assert.deepEqual(erased, {
      ...{ rows: 2, students: ['v2'], descendants: ['v3', 'v4'], snapshots: 2 },
    });
    assert.deepEqual(forgotten, ['own ann', 'workers ann', 'labeller ann']);
    assert.deepEqual(
      capture.rows.map(({ id }) => id),
      ['c'],
    );
    const has = (run: string): boolean => existsSync(join(runsDir, run, 'snapshot'));
    assert.deepEqual(['1', '2', '3', '4'].map(has), [true, false, false, true]);
    assert.equal(await capture.acquireLease('distil:digits', 'a run', 1), true);
  });

  it('is done once at a time: the first one keeps its lease until its end', async () => {
    const capture = new MemoryCapture();
    const gate = createGate();
    let id = 0;
    const forget = async (): Promise<void> => gate.promise;
    const parts = {
      ...{ task: 'digits', capture, runsDir: directory },
      ...{ recent: { forget: () => {} }, followers: { forget }, labeller: { forget } },
      ...{ runs: () => [], students: () => [], newId: () => String(id++) },
    };
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

    await assert.rejects(
      eraseSubject(
        {
          ...{ task: 'digits', capture, runsDir: directory, ...nobody },
          ...{ runs: () => [], students: () => [], newId: () => '1' },
        },
        'ann',
      ),
      ConflictError,
    );
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
