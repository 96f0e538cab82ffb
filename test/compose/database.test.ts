import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createHash } from 'node:crypto';
import type { StoredRow } from '../../src/capture/capture.js';
import { openPostgresCapture } from '../../src/capture/postgres/postgres-capture.js';
import type { AnswerJson, ProblemJson, RunJson } from '../../src/http/api-types.js';
import { readBundle } from '../../src/registry/read-bundle.js';
import { assertCapturedOnce } from '../support/captured-once.js';
import { runProgram, startGatewayProcess } from '../support/gateway-process.js';
import { ask } from '../support/http-client.js';
import { startLoad } from '../support/load.js';
import {
  skipWithoutPostgres,
  startPostgres,
  type PostgresServer,
} from '../support/postgres-server.js';
import { unsureSquare, writeSquaresFile } from '../support/squares-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const directory = temporaryDirectory();
const taskFile = writeSquaresFile(join(directory, 'squares'), {
  policy: { holdoutRate: 0.3, coldHoldoutRate: 0.3 },
});
const dataDir = join(directory, 'data');
let server: PostgresServer;
let marks = 0;
const next = () => ({ input: unsureSquare(marks++) });
const path = '/v1/tasks/squares/predict';

async function readDatabase(): Promise<readonly StoredRow[]> {
  const { manifest } = await readBundle(join(directory, 'squares', 'teacher'));
  const holdoutKey = readFileSync(join(dataDir, 'holdout.key'));
  const drawKeySha256 = createHash('sha256').update(holdoutKey).digest('hex');
  const capture = await openPostgresCapture({ url: server.url, drawKeySha256, now: () => 0 });
  const filter = { task: 'squares', teacherVersion: manifest.version };
  const everything = { ...filter, rowsMax: 1_000_000, createdAfterMs: 0 };
  try {
    const training = await capture.readTraining(everything);
    return [...training, ...(await capture.readHoldout(everything))];
  } finally {
    await capture.close();
  }
}

describe('a gateway whose log is in PostgreSQL', { skip: skipWithoutPostgres() }, () => {
  const received: AnswerJson[] = [];
  before(async () => {
    server = await startPostgres({ isDurable: true });
  });
  after(() => server.stop());
  const start = () => startGatewayProcess({ dataDir, taskFile, env: { DATABASE_URL: server.url } });
  const run = (args: readonly string[], url = server.url) =>
    runProgram({ args, env: { UNDERSTUDY_TASKS: taskFile, DATABASE_URL: url } });

  it('has every row whose answer was received, after kill -9 of gateway or server', async () => {
    for (const victim of ['gateway', 'server'] as const) {
      const gateway = await start();
      const load = startLoad({ port: gateway.port, task: 'squares', clients: 8, next });
      const before = load.answers.length;
      await until('it is under load', () => load.answers.length > before + 150);
      if (victim === 'gateway') gateway.child.kill('SIGKILL');
      else await server.kill();
      const answered = load.answers.length;
      if (victim === 'server')
        await until('it answers all the same', () => load.answers.length > answered + 20);
      await load.stop();
      gateway.child.kill('SIGKILL');
      await gateway.ended;
      if (victim === 'server') await server.startAgain();
      const fine = load.answers.filter(({ status }) => status === 200);
      received.push(...fine.map(({ body }) => body as AnswerJson));
    }

    assert.ok(assertCapturedOnce(received, await readDatabase()) > 200);
    assert.ok(!existsSync(join(dataDir, 'capture.sqlite')));
  });

  it('answers by policy while the server is away, and goes on by itself', async () => {
    const gateway = await start();
    const { port } = gateway;
    await ask(port, 'POST', path, next());
    await server.kill();

    const away = await ask<AnswerJson>(port, 'POST', path, next());
    const strict = { ...next(), route: 'teacher' };
    const refused = await ask<ProblemJson>(port, 'POST', path, strict);
    await server.startAgain();
    await until('the teacher answers again', async () => {
      const back = await ask<AnswerJson>(port, 'POST', path, next());
      return back.body.route === 'teacher';
    });
    await gateway.stop();

    assert.deepEqual([away.status, away.body.route], [200, 'degraded']);
    assert.deepEqual([refused.status, refused.body.code], [503, 'CAPTURE_FAILED']);
  });

  it('is read by the process of a run, and by the commands', async () => {
    const gateway = await start();
    const { port } = gateway;
    const { body } = await ask<RunJson>(port, 'POST', '/v1/tasks/squares/distillations');
    let last = body;
    await until('the run has ended', async () => {
      const url = `/v1/tasks/squares/distillations/${body.id}`;
      ({ body: last } = await ask<RunJson>(port, 'GET', url));
      return last.state !== 'running';
    });
    await gateway.stop();
    const out = join(directory, 'rows.csv');
    const exported = await run(['export', 'squares', '--data-dir', dataDir, '--out', out]);

    assert.ok((last.dataset?.capturedRows ?? 0) > 100, last.message);
    assert.equal(exported.code, 0, exported.output);
    const rows = Number(/^(\d+) rows of squares/m.exec(exported.output)?.[1]);
    const kept = received.filter(({ route }) => route === 'teacher').length;
    assert.ok(rows >= kept + 2, exported.output); // Some answers were on their way.
  });

  it('does not start on a database of other draws, or without one; --check tries it', async () => {
    const fresh = join(directory, 'fresh');
    const other = await run(['serve', '--port', '0', '--data-dir', fresh]);
    const away = 'postgresql://ann:secret@127.0.0.1:1/logs';
    const checked = await run(['serve', '--check'], away);
    const fine = await run(['serve', '--check']);

    assert.equal(other.code, 1);
    assert.match(other.output, /drawn by another holdout\.key/);
    assert.equal(checked.code, 1);
    assert.match(checked.output, /127\.0\.0\.1:1\/logs .*ECONNREFUSED/);
    assert.doesNotMatch(checked.output, /secret/);
    assert.deepEqual([fine.code, /The configuration is fine/.test(fine.output)], [0, true]);
  });
});
