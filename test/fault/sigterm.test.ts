import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { AnswerJson } from '../../src/http/api-types.js';
import { startGatewayProcess } from '../support/gateway-process.js';
import { openRaw } from '../support/raw-http.js';
import { startLoad } from '../support/load.js';
import { sureSquare, writeSquaresFile } from '../support/squares-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const directory = temporaryDirectory();
const taskFile = writeSquaresFile(join(directory, 'squares'));

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
    const gateway = await startGatewayProcess({ dataDir, taskFile });
    const started = await fetch(`${gateway.url}/v1/tasks/squares/distillations`, {
      method: 'POST',
    });
    assert.equal(started.status, 202);

    assert.equal((await gateway.stop()).code, 0);

    const again = await startGatewayProcess({ dataDir, taskFile });
    const response = await fetch(`${again.url}/v1/tasks/squares/distillations`);
    const { runs } = (await response.json()) as { runs: { state: string }[] };
    assert.ok(['failed', 'skipped'].includes(runs[0]!.state), runs[0]!.state);
    await again.stop();
  });
});
