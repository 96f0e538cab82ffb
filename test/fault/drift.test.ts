import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { RunJson, TaskJson } from '../../src/http/api-types.js';
import type { TimelineJson } from '../../src/http/api-types-timeline.js';
import { ask, predictAll } from '../support/http-client.js';
import { openGateway } from '../support/gateway.js';
import { seededDraw } from '../support/seeded-draw.js';
import { writeSquaresFile } from '../support/squares-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const directory = temporaryDirectory();
const base = '/v1/tasks/squares';
const minuteMs = 60_000;

/** Student and teacher differ between 0.5 and 0.6, where the first traffic never is. */
const file = writeSquaresFile(join(directory, 'squares'), {
  student: { cut: 0.6, steepness: 500 },
  teacher: { cut: 0.5, steepness: 500 },
  policy: { coldHoldoutRate: 0.5, holdoutRate: 0.2 },
  distillation: { trainingRowsMin: 20, choosingRowsMin: 20 },
});

describe('a world that changes, from the alarm to the next certificate', () => {
  it('is noticed, answered by the teacher, learnt, and answered by a new student', async () => {
    const { port, log } = await openGateway(join(directory, 'data'), [file]);
    const task = async (): Promise<TaskJson> => (await ask<TaskJson>(port, 'GET', base)).body;
    const draw = seededDraw(3);
    const image = (brightness: number): number[] => [brightness, draw(), draw(), draw()];
    const far = (): number[] => image(draw() < 0.5 ? draw() * 0.4 : 0.7 + draw() * 0.3);
    const near = (): number[] => image(0.4 + draw() * 0.3);
    const send = (count: number, make: () => number[]) =>
      predictAll(port, 'squares', Array.from({ length: count }, make));

    await send(1_200, far);
    const certified = await task();
    assert.equal(certified.certificate.kind, 'certified');

    await until(
      'the alarm',
      async () => {
        await send(20, near);
        return (await task()).certificate.kind === 'not-certified';
      },
      minuteMs,
    );
    const [withdrawn] = await send(1, near);
    assert.deepEqual([withdrawn!.route, withdrawn!.reason], ['teacher', 'not-certified']);
    assert.equal(log.of('certificate-lost').length, 1);
    const runsNow = async (): Promise<RunJson[]> =>
      (await ask<{ runs: RunJson[] }>(port, 'GET', `${base}/distillations`)).body.runs;
    await until('the first run has ended', async () => {
      const [run] = await runsNow();
      return run !== undefined && run.state !== 'running';
    });
    assert.equal((await runsNow())[0]!.state, 'skipped'); // No rows of the new world yet.

    await until(
      'a new student',
      async () => {
        await send(40, near);
        const [run] = await runsNow();
        // With few rows the gates may well say no: then somebody asks again.
        if (run!.state === 'rejected') await ask(port, 'POST', `${base}/distillations`);
        return run!.state === 'promoted';
      },
      2 * minuteMs,
    );
    const runs = await runsNow();
    assert.deepEqual([runs.at(-1)!.trigger, runs.at(-2)!.trigger], ['drift', 'drift']);
    assert.equal((await task()).student!.version, runs[0]!.candidateVersion);

    await until(
      'a new certificate',
      async () => {
        await send(100, near);
        return (await task()).certificate.kind === 'certified';
      },
      minuteMs,
    );
    const answers = await send(400, near);
    const served = answers.filter(({ route }) => route === 'student');
    assert.ok(served.length > 50, `${served.length} of 400 answered by the student`);
    const { events } = (await ask<TimelineJson>(port, 'GET', `${base}/timeline`)).body;
    const kinds = events.map(({ kind }) => kind);
    for (const kind of ['certificate-lost', 'run-skipped', 'run-promoted', 'student-promoted'])
      assert.ok(kinds.includes(kind), `${kind} in ${kinds.join(', ')}`);
  });
});
