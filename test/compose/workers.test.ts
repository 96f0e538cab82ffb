import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { AnswerJson, BatchAnswerJson } from '../../src/http/api-types.js';
import { runProgram } from '../support/gateway-process.js';
import { ask, predictOne } from '../support/http-client.js';
import { startLoad, type Load } from '../support/load.js';
import { readLog } from '../support/read-log.js';
import { sureSquare, unsureSquare, writeSquaresFile } from '../support/squares-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';
import {
  countedPredictions,
  isAlive,
  scrape,
  startWorkers,
  sumOf,
  untilWorkers,
  workerPidsOf,
} from '../support/workers.js';

const directory = temporaryDirectory();
/** A third is holdout, at every time: each row is of a kind that can be read back from the log. */
const taskFile = writeSquaresFile(join(directory, 'squares'), {
  policy: { holdoutRate: 0.3, coldHoldoutRate: 0.3 },
});
const dataDirOf = (name: string): string => join(directory, name);

function startMixed(port: number, clients = 16): Load {
  let mark = 0;
  return startLoad({
    port,
    task: 'squares',
    clients,
    next: () => ({ inputs: [sureSquare(mark), unsureSquare(mark++)] }),
  });
}
const rowsOf = (load: Load): readonly AnswerJson[] =>
  load.answers.flatMap(({ body }) => (body as BatchAnswerJson).answers);
const socketsOf = (page: ReadonlyMap<string, number>, worker: number): number =>
  sumOf(page, 'nodejs_active_handles', ['type="Socket"', `process="worker-${worker}"`]);

describe('a gateway of two workers', () => {
  it('takes feedback on an answer of a student in whichever worker', async () => {
    const gateway = await startWorkers({ dataDir: dataDirOf('feedback'), taskFile });
    const post = (path: string, body: object) =>
      ask<AnswerJson>(gateway.port, 'POST', `/v1/tasks/squares/${path}`, body);
    const asked = { input: sureSquare(1), route: 'student', subject: 'ann' };
    const answers = await Promise.all([1, 2, 3, 4].map(() => post('predict', asked)));

    const told = answers.map(({ body: { id } }) => post('feedback', { id, label: 'bright' }));
    const unknown = await post('feedback', { id: 'nobody', label: 'bright' });

    const statuses = (await Promise.all(told)).map(({ status }) => status);
    await gateway.stop();
    assert.deepEqual([statuses, unknown.status], [[200, 200, 200, 200], 404]);
  });

  it('counts all answers, writes one log, and drains without a failed request', async () => {
    const dataDir = dataDirOf('counts');
    const gateway = await startWorkers({ dataDir, taskFile });
    const load = startMixed(gateway.port);
    await until('it is under load', () => load.answers.length > 300);
    const busy = await scrape(gateway.url);
    await load.stop();
    const page = await scrape(gateway.url);
    const late = startMixed(gateway.port);
    await until('it is under load', () => late.answers.length > 300);

    const { code, output } = await gateway.stop();
    await late.stop();

    assert.equal(code, 0, output);
    for (const worker of [1, 2]) assert.ok(socketsOf(busy, worker) >= 3, `worker ${worker}`);
    assert.equal(countedPredictions(page), load.sent());
    assert.deepEqual([load.broken, late.broken], [[], []]);
    assert.equal(late.refused(), 16); // Each went on until nobody listened any more.
    const answers = [...rowsOf(load), ...rowsOf(late)];
    const rows = await readLog(dataDir);
    const ids = new Set(rows.map(({ id }) => id));
    assert.equal(ids.size, rows.length);
    const fromTeacher = answers.filter(({ route }) => route === 'teacher');
    assert.ok(fromTeacher.length > 600);
    assert.deepEqual(
      fromTeacher.filter(({ id }) => !ids.has(id)),
      [],
    );
    const answeredIds = new Set(answers.map(({ id }) => id));
    assert.deepEqual(
      rows.filter(({ id }) => !answeredIds.has(id)),
      [],
    );
  });

  it('goes on while one is killed, replaces it, and forgets nothing counted', async () => {
    const gateway = await startWorkers({ dataDir: dataDirOf('killed'), taskFile });
    const load = startMixed(gateway.port, 8);
    await until('it is under load', () => load.answers.length > 200);
    const before = countedPredictions(await scrape(gateway.url));
    const [first] = workerPidsOf(gateway.child.pid!);

    process.kill(first!, 'SIGKILL');
    await until('the load goes on', () => load.broken.length > 0);
    const counts: number[] = [];
    await until('there is another one', async () => {
      counts.push(countedPredictions(await scrape(gateway.url)));
      const pids = workerPidsOf(gateway.child.pid!);
      return pids.length === 2 && !pids.includes(first!) && counts.length > 5;
    });
    await load.stop();
    const { code, output } = await gateway.stop();

    assert.equal(code, 0, output);
    assert.match(output, /"event":"worker-ended"/);
    // Its own connections: half of them. (Each scrape is one, too.)
    assert.ok(load.broken.length >= 3 && load.broken.length <= 5, load.broken.join());
    assert.deepEqual(new Set(load.answers.map(({ status }) => status)), new Set([200]));
    assert.ok(counts[0]! >= before - 4, `${before} and then ${counts.join()}`);
    assert.deepEqual(
      counts,
      [...counts].sort((one, other) => one - other),
    );
  });

  it('leaves neither processes nor files behind when the primary is killed', async () => {
    const tmp = join(directory, 'tmp-killed');
    mkdirSync(tmp);
    const env = { TMPDIR: tmp };
    const gateway = await startWorkers({ dataDir: dataDirOf('primary-killed'), taskFile, env });
    const pids = workerPidsOf(gateway.child.pid!);
    const load = startMixed(gateway.port, 4);
    await until('it is under load', () => load.answers.length > 50);

    gateway.child.kill('SIGKILL');

    await until('the workers have ended', () => !pids.some(isAlive), 5_000);
    await load.stop();
    assert.equal(pids.length, 2);
    assert.deepEqual(readdirSync(tmp), []);
  });

  it('says why it can not listen, and leaves nothing behind', async () => {
    const tmp = join(directory, 'tmp-taken');
    mkdirSync(tmp);
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };

    const { code, output } = await runProgram({
      args: ['serve', '--workers', '2', '--port', String(port), '--data-dir', dataDirOf('taken')],
      env: { UNDERSTUDY_TASKS: taskFile, TMPDIR: tmp },
    });
    taken.close();

    assert.equal(code, 1);
    const wanted = `Cannot listen on 127.0.0.1:${port}: another program listens there. Stop it, or`;
    assert.ok(output.startsWith(wanted), output);
    assert.equal(output.trim().split('\n').length, 1);
    assert.deepEqual(readdirSync(tmp), []);
  });

  it('has both end at once when a terminal interrupts all of its processes', async () => {
    const gateway = await startWorkers({ dataDir: dataDirOf('interrupted'), taskFile });
    const pids = workerPidsOf(gateway.child.pid!);
    const load = startMixed(gateway.port, 8);
    await until('it is under load', () => load.answers.length > 50);

    for (const pid of [...pids, gateway.child.pid!]) process.kill(pid, 'SIGINT');
    const { code, output } = await gateway.ended;
    await load.stop();

    assert.equal(code, 0, output);
    assert.deepEqual(load.broken, []);
    assert.doesNotMatch(output, /worker-ended/);
  });

  it('drains while a worker is being started again', async () => {
    const gateway = await startWorkers({ dataDir: dataDirOf('restarting'), taskFile });
    const [first] = workerPidsOf(gateway.child.pid!);
    process.kill(first!, 'SIGKILL');
    await untilWorkers(gateway, 1);
    await untilWorkers(gateway, 2); // Forked, and not yet open.
    const pids = workerPidsOf(gateway.child.pid!);
    const startedMs = performance.now();

    const { code, output } = await gateway.stop();

    assert.equal(code, 0, output);
    assert.ok(performance.now() - startedMs < 4_000);
    assert.deepEqual(pids.filter(isAlive), []);
    assert.doesNotMatch(output, /worker-unstarted/);
  });

  it('keeps its port, and what they have counted, when all workers are killed', async () => {
    const gateway = await startWorkers({ dataDir: dataDirOf('all-killed'), taskFile });
    const pids = workerPidsOf(gateway.child.pid!);
    for (let mark = 0; mark < 20; mark++)
      await predictOne(gateway.port, 'squares', sureSquare(mark));
    // Nobody has asked them for their numbers: they tell them once a second.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await until('they have ended', () => !pids.some(isAlive));

    await until('they are there again', async () => {
      // A connection that was handed to one that was just killed is never answered.
      const signal = AbortSignal.timeout(1_000);
      const answer = await fetch(`${gateway.url}/readyz`, { signal }).catch(() => null);
      return answer?.status === 200;
    });

    await predictOne(gateway.port, 'squares', sureSquare(1));
    const counted = countedPredictions(await scrape(gateway.url));
    const { code, output } = await gateway.stop();

    assert.equal(code, 0, output);
    assert.equal(counted, 21);
  });

  it('says 503 on /readyz and goes on answering while it gives notice', async () => {
    const gateway = await startWorkers({
      dataDir: dataDirOf('notice'),
      taskFile,
      env: { UNDERSTUDY_DRAIN_NOTICE_MS: '700' },
    });
    const readiness = async (): Promise<number> => (await fetch(`${gateway.url}/readyz`)).status;
    const before = await readiness();

    const stopped = gateway.stop();
    await until('it is not ready any more', async () => (await readiness()) === 503);
    const { status } = await ask(gateway.port, 'POST', '/v1/tasks/squares/predict', {
      input: sureSquare(1),
    });
    const { code } = await stopped;

    assert.deepEqual([before, status, code], [200, 200, 0]);
  });
});
