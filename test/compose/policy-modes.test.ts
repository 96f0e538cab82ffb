import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type {
  AnswerJson,
  BatchAnswerJson,
  PolicyJson,
  TaskJson,
} from '../../src/http/api-types.js';
import { openGateway } from '../support/gateway.js';
import { ask, predictAll } from '../support/http-client.js';
import { sureSquare, unsureSquare, writeSquaresFile } from '../support/squares-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';
import { startWorkers } from '../support/workers.js';

const directory = temporaryDirectory();
const base = '/v1/tasks/squares';
const squares = (count: number, make = unsureSquare, first = 0): number[][] =>
  Array.from({ length: count }, (_, index) => make(first + index));
const countOf = (answers: readonly AnswerJson[], route: AnswerJson['route']): number =>
  answers.filter((answer) => answer.route === route).length;

describe('the mode of a policy', () => {
  it('is changed while requests come, and survives a restart', async () => {
    const file = writeSquaresFile(join(directory, 'changed'), {
      policy: { coldHoldoutRate: 0.05 },
    });
    const dataDir = join(directory, 'changed-data');
    const { gateway, port } = await openGateway(dataDir, [file]);
    const patch = (body: object) => ask<PolicyJson>(port, 'PATCH', `${base}/policy`, body);

    assert.equal((await patch({ mode: 'student' })).body.mode, 'student');
    const byStudent = await predictAll(port, 'squares', squares(20));
    await patch({ mode: 'shadow' });
    const inShadow = await predictAll(port, 'squares', squares(20, sureSquare));
    await patch({ mode: 'teacher' });
    const byTeacher = await predictAll(port, 'squares', squares(20, sureSquare, 50));
    const refused = await patch({ mode: 'budget' });
    await gateway.close();
    const again = await openGateway(dataDir, [file]);
    const { body } = await ask<TaskJson>(again.port, 'GET', base);

    assert.ok(byStudent.every(({ route, reason }) => route === 'student' && reason === 'policy'));
    assert.ok(inShadow.every(({ route, reason }) => route === 'teacher' && reason === 'shadow'));
    assert.ok(
      byTeacher.every(({ confidence, reason }) => confidence === null && reason === 'policy'),
    );
    assert.equal(refused.status, 400);
    assert.equal(body.policy.mode, 'teacher');
  });

  it('shadow certifies what the student would do, and the switch to risk lets it', async () => {
    const file = writeSquaresFile(join(directory, 'shadow'), { policy: { mode: 'shadow' } });
    const { port } = await openGateway(join(directory, 'shadow-data'), [file]);

    const before = await predictAll(port, 'squares', squares(600, sureSquare));
    await predictAll(port, 'squares', squares(400, sureSquare, 600));
    const shadowed = (await ask<TaskJson>(port, 'GET', base)).body;
    await ask(port, 'PATCH', `${base}/policy`, { mode: 'risk' });
    const after = await predictAll(port, 'squares', squares(50, sureSquare, 2_000));

    assert.equal(countOf(before, 'teacher'), 600);
    assert.equal(shadowed.certificate.kind, 'certified');
    assert.equal(shadowed.agreement?.estimate, 1);
    assert.equal(countOf(after, 'student'), 50);
  });
});

describe('a teacher’s budget for two workers', () => {
  it('is never overspent however many ask at once, and not by a restart either', async () => {
    const callsPerHour = 90;
    const taskFile = writeSquaresFile(join(directory, 'workers'), {
      policy: {
        ...{ mode: 'budget', teacherBudget: { callsPerHour } },
        ...{ holdoutRate: 0.02, coldHoldoutRate: 0.02 },
      },
      teacherTimeoutMs: 60_000, // A call that times out is paid for, and leaves no row.
    });
    const dataDir = join(directory, 'workers-data');
    const storm = async (url: string, first: number): Promise<readonly AnswerJson[]> => {
      const batches = Array.from({ length: 20 }, async (_, batch) => {
        const inputs = squares(20, unsureSquare, first + batch * 20);
        // On a busy machine: what comes too late is paid for, and leaves no row.
        const body = JSON.stringify({ inputs, timeoutMs: 60_000 });
        const headers = { 'content-type': 'application/json', connection: 'close' };
        const post = () => fetch(`${url}${base}/predict`, { method: 'POST', headers, body });
        let response = await post();
        while (response.status === 503) response = await post(); // Shed: nothing was asked.
        const { answers } = (await response.json()) as Partial<BatchAnswerJson>;
        assert.ok(answers, `${response.status}`);
        return answers;
      });
      return (await Promise.all(batches)).flat();
    };
    const stateOf = async (url: string): Promise<TaskJson> =>
      (await (await fetch(`${url}${base}`)).json()) as TaskJson;

    const first = await startWorkers({ dataDir, taskFile });
    const answers = [...(await storm(first.url, 0)), ...(await storm(first.url, 400))];
    // Workers send their holdout rows after the answers: at first none may be pending yet.
    await until('every row that was paid for is there, and no other', async () => {
      const { rows, budget } = await stateOf(first.url);
      return rows.pending === 0 && budget?.spentLastHour === rows.captured;
    });
    const state = await stateOf(first.url);
    process.kill(first.child.pid!, 'SIGKILL');
    await first.ended;
    const again = await startWorkers({ dataDir, taskFile });
    const more = await storm(again.url, 800);
    await until('all labels are there', async () => (await stateOf(again.url)).rows.pending === 0);
    const last = await stateOf(again.url);
    await again.stop();

    const all = [...answers, ...more];
    assert.equal(countOf(all, 'degraded'), 0);
    assert.ok(countOf(answers, 'teacher') >= 1);
    assert.ok(all.some(({ reason }) => reason === 'over-budget'));
    assert.ok(all.every(({ reason }) => ['unsure', 'confident', 'over-budget'].includes(reason)));
    assert.ok(state.rows.captured <= callsPerHour, `${state.rows.captured} labelled`);
    assert.ok(last.rows.captured <= callsPerHour, `${last.rows.captured} labelled`);
    assert.equal(last.certificate.kind, 'not-certified');
    assert.match((last.certificate as { why: string }).why, /^In mode budget the money decides/);
  });
});
