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
  student: { cut: 0.6, steepness: 5_000 },
  teacher: { cut: 0.5, steepness: 500 },
  policy: { coldHoldoutRate: 0.5, holdoutRate: 0.2 },
  distillation: { trainingRowsMin: 20, choosingRowsMin: 20 },
});

describe('a world that changes, from the alarm to the next certificate', () => {
  it('is noticed, answered by the teacher, learnt, and answered by a new student', async () => {
    const first = await openGateway(join(directory, 'data'), [file]);
    let { port } = first;
    const gauge = async (name: string): Promise<number> => {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      return Number(new RegExp(`^understudy_${name}{task="squares"} (.*)$`, 'm').exec(text)![1]);
    };
    const task = async (): Promise<TaskJson> => (await ask<TaskJson>(port, 'GET', base)).body;
    const draw = seededDraw(3);
    const image = (brightness: number): number[] => [brightness, draw(), draw(), draw()];
    const far = (): number[] => image(draw() < 0.5 ? draw() * 0.4 : 0.7 + draw() * 0.3);
    // Never within a hair of 0.6, where the student is unsure: its errors alone give it away.
    const near = (): number[] => image(draw() < 0.6 ? 0.4 + draw() * 0.18 : 0.62 + draw() * 0.08);
    const send = (count: number, make: () => number[]) =>
      predictAll(port, 'squares', Array.from({ length: count }, make));

    await send(1_200, far);
    const certified = await task();
    assert.equal(certified.certificate.kind, 'certified');
    assert.deepEqual([certified.driftAlarm, await gauge('drift_alarm')], [null, 0]);

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
    assert.equal(first.log.of('certificate-lost').length, 1);
    const { driftAlarm } = await task();
    assert.match(driftAlarm!.why, /differ from the teacher's more often than 5 %/);
    assert.deepEqual([await gauge('drift_alarm'), await gauge('threshold_ratio')], [1, 2]);
    const runsNow = async (): Promise<RunJson[]> =>
      (await ask<{ runs: RunJson[] }>(port, 'GET', `${base}/distillations`)).body.runs;
    await until('the first run has ended', async () => {
      const [run] = await runsNow();
      return run !== undefined && run.state !== 'running';
    });
    assert.equal((await runsNow())[0]!.state, 'skipped'); // No rows of the new world yet.

    await first.gateway.close();
    ({ port } = await openGateway(join(directory, 'data'), [file]));
    assert.deepEqual((await task()).driftAlarm, driftAlarm);
    assert.equal(await gauge('drift_alarm'), 1);

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
    assert.deepEqual([(await task()).driftAlarm, await gauge('drift_alarm')], [null, 0]);
    const { events } = (await ask<TimelineJson>(port, 'GET', `${base}/timeline`)).body;
    const kinds = events.map(({ kind }) => kind).reverse();
    const story = kinds.slice(kinds.indexOf('certificate-lost'));
    const told = ['certificate-lost', 'run-started', 'run-skipped', 'gateway-started'];
    assert.deepEqual(story.slice(0, 4), told);
    const end = ['student-promoted', 'run-promoted', 'certificate-won'];
    assert.deepEqual(
      story.filter((kind) => end.includes(kind)).toSorted(),
      end.toSorted(),
      story.join(', '),
    );
    assert.equal(
      story.find((kind) => end.includes(kind)),
      'student-promoted',
    );
  });
});
