import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { StoredRow } from '../../src/capture/capture.js';
import { openSqliteCapture } from '../../src/capture/sqlite-capture.js';
import type { AnswerJson, RunJson } from '../../src/http/api-types.js';
import { readBundle } from '../../src/registry/read-bundle.js';
import { startGatewayProcess } from '../support/gateway-process.js';
import { startLoad } from '../support/load.js';
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
const rounds = 4;

async function readLog(): Promise<readonly StoredRow[]> {
  const { manifest } = await readBundle(join(directory, 'squares', 'teacher'));
  const capture = await openSqliteCapture({
    path: join(dataDir, 'capture.sqlite'),
    now: () => Date.now(),
  });
  const filter = { task: 'squares', teacherVersion: manifest.version };
  const everything = { ...filter, rowsMax: 1_000_000, createdAfterMs: 0 };
  try {
    const rows = [
      ...(await capture.readTraining(everything)),
      ...(await capture.readHoldout(everything)),
    ];
    assert.equal((await capture.count('squares')).rows, rows.length);
    return rows;
  } finally {
    await capture.close();
  }
}

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

    const rows = await readLog();
    const timesById = new Map<string, number>();
    for (const { id } of rows) timesById.set(id, (timesById.get(id) ?? 0) + 1);
    const missing = received.filter(
      ({ id, route }) => route === 'teacher' && timesById.get(id) !== 1,
    );
    assert.deepEqual(missing, []);
    assert.equal(timesById.size, rows.length);
    assert.ok(received.filter(({ route }) => route === 'teacher').length > 400);
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
