import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { RunJson, TaskJson } from '../../src/http/api-types.js';
import type { TimelineJson } from '../../src/http/api-types-timeline.js';
import { writeLabelledImages } from '../../src/task/labelled-images.js';
import { openGateway } from '../support/gateway.js';
import { ask, predictAll } from '../support/http-client.js';
import { squareTask } from '../support/square-task.js';
import { sureSquare, writeSquaresFile, type SquaresFileOptions } from '../support/squares-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const directory = temporaryDirectory();
const runMsMax = 180_000;
const path = '/v1/tasks/squares';

/** Fifty golden rows; what is brighter than 0.5 is bright. */
async function openSquares(name: string, teacher: SquaresFileOptions['teacher']) {
  const file = writeSquaresFile(join(directory, name), {
    teacher: teacher!,
    policy: { holdoutRate: 0.5, coldHoldoutRate: 0.5, recoveryHoldoutRate: 0.5, reaskRate: 0 },
    distillation: { trainingRowsMin: 20, choosingRowsMin: 10 },
  });
  const golden = Array.from({ length: 50 }, (_, k) => ({
    image: Uint8Array.of(2.5 + k * 5.1, k, 0, 0), // k 5.1 / 255 is k / 50.
    label: k < 25 ? 0 : 1,
    probabilities: null,
  }));
  await writeLabelledImages(join(directory, name, 'golden.parquet'), golden, squareTask.labels);
  appendFileSync(file, 'golden: ./golden.parquet\n');
  const { port } = await openGateway(join(directory, `${name}-data`), [file]);
  await predictAll(
    port,
    'squares',
    Array.from({ length: 400 }, (_, k) => sureSquare(k)),
  );
  const get = async <T>(what: string): Promise<T> => (await ask<T>(port, 'GET', what)).body;
  const distil = async (): Promise<RunJson> => {
    const { id } = (await ask<RunJson>(port, 'POST', `${path}/distillations`)).body;
    const run = (): Promise<RunJson> => get<RunJson>(`${path}/distillations/${id}`);
    await until('the run has ended', async () => (await run()).state !== 'running', runMsMax);
    return run();
  };
  return { get, distil };
}

describe('before a student is distilled', () => {
  it('a teacher worse on golden rows stops the run, and is asked about them once', async () => {
    const { get, distil } = await openSquares('worse', { cut: 0.8, steepness: 200 });
    const before = (await get<TaskJson>(path)).totals.costUsd;

    const run = await distil();
    const again = await distil();

    // Rows 25 to 40 of 50 are between 0.5 and 0.8: the student alone has them right.
    assert.deepEqual([run.state, run.candidateVersion], ['rejected', null]);
    assert.match(
      run.reasons[0]!,
      /^The teacher is right on 7.\.0 % of 50 golden rows, the student/,
    );
    assert.match(run.reasons[0]!, /worse beyond chance .* a worse teacher must not teach\.$/);
    assert.deepEqual(run.teacherCheck, {
      name: 'teacher',
      isPassed: false,
      reason: run.reasons[0]!,
    });
    assert.deepEqual(again.reasons, run.reasons);
    const spent = (await get<TaskJson>(path)).totals.costUsd - before;
    assert.ok(Math.abs(spent - 50 * 0.01) < 1e-9, `${spent} dollars`);
    const { events } = await get<TimelineJson>(`${path}/timeline`);
    const told = events.find(({ kind }) => kind === 'run-rejected');
    assert.match(told!.text, /^Stopped before training: .* must not teach\.$/);
  });

  it('one that is as good as its student may teach it', async () => {
    const { distil } = await openSquares('good', { steepness: 200 });

    const run = await distil();

    assert.equal(run.teacherCheck?.isPassed, true);
    assert.notEqual(run.evaluation, null);
  });
});
