import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { AnswerJson, RunJson } from '../../src/http/api-types.js';
import { startGatewayProcess } from '../support/gateway-process.js';
import { ask, predictAll, predictOne } from '../support/http-client.js';
import { openRaw } from '../support/raw-http.js';
import { startLoad } from '../support/load.js';
import { sureSquare, writeSquaresFile } from '../support/squares-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const directory = temporaryDirectory();
const taskFile = writeSquaresFile(join(directory, 'squares'));
/** Rows enough for a run, and for a training that takes some thousand steps. */
const taughtRows = 5_000;
const longRunFile = writeSquaresFile(join(directory, 'long-run'), {
  policy: { holdoutRate: 0.05, coldHoldoutRate: 0.05 }, // Too few are held out to certify anything.
  // The squares look all alike.
  distillation: {
    ...{ trainingRowsMin: 1_000, choosingRowsMin: 20 },
    bounds: { nearDuplicatesMax: null },
  },
});

describe('SIGTERM under load', () => {
  for (const drainNoticeMs of [0, 200]) {
    it(`cuts off no request, and ends with 0 (notice of ${drainNoticeMs} ms)`, async () => {
      const gateway = await startGatewayProcess({
        dataDir: join(directory, `data-${drainNoticeMs}`),
        taskFile,
        env: { UNDERSTUDY_DRAIN_NOTICE_MS: String(drainNoticeMs) },
      });
      let mark = 0;
      const load = startLoad({
        port: gateway.port,
        task: 'squares',
        clients: 24,
        next: () => ({ input: sureSquare(mark++) }),
      });
      await until('it is under load', () => load.answers.length > 300);

      const { code, signal, output } = await gateway.stop();
      await load.stop();

      assert.deepEqual([code, signal], [0, null], output);
      assert.deepEqual(load.broken, []);
      // Every client went on until nobody listened any more, and each request has its answer.
      assert.equal(load.refused(), 24);
      assert.equal(load.answers.length, load.sent() - load.refused());
      assert.deepEqual([...new Set(load.answers.map(({ status }) => status))], [200]);
      const ids = load.answers.map(({ body }) => (body as AnswerJson).id);
      assert.equal(new Set(ids).size, ids.length);
    });
  }

  it('says 503 on /readyz and goes on answering while it gives notice', async () => {
    const gateway = await startGatewayProcess({
      dataDir: join(directory, 'notice'),
      taskFile,
      env: { UNDERSTUDY_DRAIN_NOTICE_MS: '1500' },
    });
    const readiness = async (): Promise<number> => (await fetch(`${gateway.url}/readyz`)).status;
    const before = await readiness();

    const stopped = gateway.stop();
    await until('it is not ready any more', async () => (await readiness()) === 503);
    const answer = await fetch(`${gateway.url}/v1/tasks/squares/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ input: sureSquare(1) }),
    });
    const { code } = await stopped;

    assert.deepEqual([before, answer.status, code], [200, 200, 0]);
    // A client that is sent away too soon comes back on a new connection, just to be cut off.
    assert.equal(answer.headers.get('connection'), 'keep-alive');
  });

  it('drains to its end when its parent goes after the signal', async () => {
    const gateway = await startGatewayProcess({
      dataDir: join(directory, 'parent-gone'),
      taskFile,
      env: { UNDERSTUDY_DRAIN_NOTICE_MS: '500' },
    });

    // Not `close`: Node 20 never emits it after a parent has disconnected by itself.
    const exited = once(gateway.child, 'exit');

    void gateway.stop();
    await until('it drains', () => gateway.output().includes('finishing what is in flight'));
    gateway.child.disconnect();

    assert.deepEqual(await exited, [0, null], gateway.output());
  });

  it('drains when its parent goes without a signal', async () => {
    const gateway = await startGatewayProcess({ dataDir: join(directory, 'orphan'), taskFile });

    const exited = once(gateway.child, 'exit');

    gateway.child.disconnect();

    assert.deepEqual(await exited, [0, null], gateway.output());
    assert.match(
      gateway.output(),
      /The process that started this one has gone: finishing what is in/,
    );
  });

  it('does not wait for connections that were opened and never used', async () => {
    const gateway = await startGatewayProcess({ dataDir: join(directory, 'unused'), taskFile });
    const unused = openRaw(gateway.port);
    await until('it is connected', () => unused.socket.readyState === 'open');
    const startedMs = performance.now();

    const { code } = await gateway.stop();
    await unused.closed;

    assert.equal(code, 0);
    // By itself it would wait for them until the deadline of 20 s.
    assert.ok(performance.now() - startedMs < 10_000);
  });

  it('ends a distillation that is going on, and says so after the next start', async () => {
    const dataDir = join(directory, 'distilling');
    const path = '/v1/tasks/squares/distillations';
    const newestRun = async (port: number): Promise<RunJson> =>
      (await ask<{ runs: readonly RunJson[] }>(port, 'GET', path)).body.runs[0]!;
    const gateway = await startGatewayProcess({ dataDir, taskFile: longRunFile });
    const taught = Array.from({ length: taughtRows }, (_, mark) => sureSquare(mark));
    await predictAll(gateway.port, 'squares', taught);
    const started = await ask(gateway.port, 'POST', path);
    assert.equal(started.status, 202);
    const isTraining = async () => (await newestRun(gateway.port)).stage === 'train';
    await until('it trains', isTraining, 180_000);

    const { code, output } = await gateway.stop();

    assert.equal(code, 0, output);
    const again = await startGatewayProcess({ dataDir, taskFile: longRunFile });
    const run = await newestRun(again.port);
    assert.equal(run.state, 'failed', JSON.stringify(run));
    assert.deepEqual(run.reasons, ['The run was stopped.']);
    const answer = await predictOne(again.port, 'squares', sureSquare(1));
    assert.match(answer.studentVersion!, /^v1-/);
    await again.stop();
  });
});
