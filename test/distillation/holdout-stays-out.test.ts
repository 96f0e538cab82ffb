import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { Capture } from '../../src/capture/capture.js';
import { openSqliteCapture } from '../../src/capture/sqlite-capture.js';
import type { Policy } from '../../src/config/policy-schema.js';
import { readSnapshot, seedRowOf, type DatasetRow } from '../../src/distillation/dataset.js';
import { runDistillation } from '../../src/distillation/run-distillation.js';
import { capturedRowOf } from '../../src/serving/captured-row.js';
import { createDrawRow, hashesOf } from '../../src/serving/draw-row.js';
import type { Input } from '../../src/task/task.js';
import { FakeTeacher } from '../fakes/fake-teacher.js';
import { distillationJob } from '../support/distillation-job.js';
import { ask, openPredictRig } from '../support/predict-rig.js';
import { seededDraw } from '../support/seeded-draw.js';
import { square, squareTask } from '../support/square-task.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
const path = join(directory, 'capture.db');
const key = new Uint8Array(32).fill(3);
const teacher = new FakeTeacher();
const everything = {
  task: squareTask.name,
  teacherVersion: teacher.version,
  rowsMax: 1_000_000,
  createdAfterMs: 0,
};
const draw = seededDraw(11);
/** The student is sure of half of them. */
const inputs = Array.from({ length: 400 }, (_, mark) => square(0.5 + draw() / 2, mark));
const seedOf = (input: Input, index: number): DatasetRow =>
  seedRowOf({ input, label: 0, probabilities: null }, index);
async function open(): Promise<Capture> {
  const capture = await openSqliteCapture({ path, now: () => 0 });
  after(() => capture.close());
  return capture;
}

let asked = 0;
/** Sends all inputs, and labels what is owed a label: one stretch of a gateway's life. */
async function send(
  capture: Capture,
  stretch: { readonly threshold: number | null; readonly seeds?: readonly Input[] } & Pick<
    Policy,
    'holdoutRate'
  >,
): Promise<void> {
  const { threshold, holdoutRate, seeds = [] } = stretch;
  const rig = openPredictRig({
    capture,
    threshold,
    teacher,
    policy: { holdoutRate, exploreRate: 1 },
    drawRow: createDrawRow(key, hashesOf(key, seeds)),
    idPrefix: `stretch-${asked++}`,
  });
  await ask(rig.predict, inputs);
  await ask(rig.predict, inputs.slice(0, 50), { route: 'teacher' });
  await ask(rig.predict, inputs.slice(50, 100), { route: 'student' });
  const answer = { label: 1, probabilities: null, costUsd: 0 };
  await capture.append(
    rig.later.map((row) => capturedRowOf(row, teacher, { answer, latencyMs: 0 })),
  );
}

const hexOf = ({ input }: { readonly input: Input }): string => Buffer.from(input).toString('hex');

describe('an input that was ever held out', () => {
  it('is in no snapshot of a run, whatever the rates, restarts and seed files were', async () => {
    const seeds = inputs.slice(0, 20);
    const first = await open();
    await send(first, { threshold: 0.75, holdoutRate: 0.05, seeds });
    await send(first, { threshold: null, holdoutRate: 0.05, seeds }); // All at the cold rate.
    await first.close();
    const second = await open();
    await send(second, { threshold: 0.75, holdoutRate: 0.3, seeds });
    await send(second, { threshold: 0.75, holdoutRate: 0.000_001, seeds });
    // The seed file is edited: what was a seed may be held out now, and the other way round.
    await send(second, { threshold: null, holdoutRate: 0.1, seeds: inputs.slice(10, 80) });
    const held = new Set((await second.readHoldout(everything)).map(hexOf));
    const sown = inputs.slice(10, 80).map(seedOf);
    const job = distillationJob(directory, {
      task: squareTask,
      teacher: { name: teacher.name, version: teacher.version },
    });

    const run = runDistillation({
      job,
      capture: second,
      train: () => Promise.reject(new Error('Only its snapshot is wanted.')),
      seedRows: sown,
      goldenRows: [],
      draw: seededDraw(1),
      onProgress: () => {},
    });
    await assert.rejects(run, /Only its snapshot/);

    const { train, validation } = await readSnapshot(join(job.runDir, 'snapshot'));
    const rows = [...train, ...validation];
    assert.ok(held.size > 80, `${held.size} inputs were held out`);
    assert.ok(rows.length > 200, `${rows.length} rows are there to learn from`);
    assert.ok(sown.filter((row) => held.has(hexOf(row))).length >= 5, 'no seed was held out');
    assert.deepEqual(
      rows.filter((row) => held.has(hexOf(row))).map(({ id }) => id),
      [],
    );
    const learnt = new Set(rows.map(hexOf));
    assert.equal(
      inputs.filter((input) => !held.has(hexOf({ input })) && learnt.has(hexOf({ input }))).length,
      learnt.size,
    );
  });
});
