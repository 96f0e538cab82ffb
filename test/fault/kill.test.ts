import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { AnswerJson, RunJson } from '../../src/http/api-types.js';
import { assertCapturedOnce } from '../support/captured-once.js';
import { startGatewayProcess } from '../support/gateway-process.js';
import { startLoad } from '../support/load.js';
import { readLog } from '../support/read-log.js';
import { seededDraw } from '../support/seeded-draw.js';
import { unsureSquare, writeSquaresFile } from '../support/squares-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const directory = temporaryDirectory();
/** A third is holdout, at every time: each row is of a kind that can be read back from the log. */
const taskFile = writeSquaresFile(join(directory, 'squares'), {
  policy: { holdoutRate: 0.3, coldHoldoutRate: 0.3 },
});
const dataDir = join(directory, 'data');
/** `kill-log.slow.ts` has fifty, at more kinds of moments. */
const rounds = 2;

describe('kill -9 under load', () => {
  it(`loses no row whose answer was received, nor doubles one, in ${rounds} rounds`, async () => {
    const draw = seededDraw(9);
    const received: AnswerJson[] = [];
    let mark = 0;

    for (let round = 0; round < rounds; round++) {
      const gateway = await startGatewayProcess({ dataDir, taskFile });
      const load = startLoad({
        port: gateway.port,
        task: 'squares',
        clients: 16,
        next: () => ({ input: unsureSquare(mark++) }),
      });
      const killAfter = 100 + Math.floor(draw() * 500);
      await until('it is under load', () => load.answers.length > killAfter);
      gateway.child.kill('SIGKILL');
      const { signal } = await gateway.ended;
      await load.stop();

      assert.equal(signal, 'SIGKILL');
      assert.ok(load.answers.every(({ status }) => status === 200));
      received.push(...load.answers.map(({ body }) => body as AnswerJson));
    }

    const rows = await readLog(dataDir);
    assert.ok(assertCapturedOnce(received, rows) > 200);
    assert.ok(
      rows.some(({ isHoldout }) => isHoldout) && rows.some(({ isTrainable }) => isTrainable),
    );
  });
});

describe('kill -9 during a distillation', () => {
  it('lets the next start distil at once; the run that was killed is told as failed', async () => {
    const dataDir = join(directory, 'distilling');
    const distil = (url: string): Promise<Response> =>
      fetch(`${url}/v1/tasks/squares/distillations`, { method: 'POST' });
    const gateway = await startGatewayProcess({ dataDir, taskFile });
    const begun = await distil(gateway.url);
    gateway.child.kill('SIGKILL'); // Its process has not even started to read the log.
    await gateway.ended;

    const again = await startGatewayProcess({ dataDir, taskFile });
    const killed = (await begun.json()) as RunJson;
    const told = await fetch(`${again.url}/v1/tasks/squares/distillations/${killed.id}`);
    const next = await distil(again.url);
    await again.stop();

    assert.deepEqual([begun.status, next.status], [202, 202]);
    assert.equal(((await told.json()) as RunJson).state, 'failed');
  });
});
