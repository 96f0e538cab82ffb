import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { AnswerJson, BatchAnswerJson, RunJson } from '../../src/http/api-types.js';
import { ask } from '../support/http-client.js';
import { readLog } from '../support/read-log.js';
import { writeSlowTeacher } from '../support/slow-teacher.js';
import { sureSquare, unsureSquare, writeSquaresFile } from '../support/squares-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { startWorkers } from '../support/workers.js';

const directory = temporaryDirectory();
const path = '/v1/tasks/squares/predict';

/** A gateway of two workers whose teacher takes some 0.2 s a row. */
async function startSlow(name: string) {
  const taskDir = join(directory, name, 'squares');
  const taskFile = writeSquaresFile(taskDir, {
    policy: { holdoutRate: 0.3, coldHoldoutRate: 0.3 },
    teacherTimeoutMs: 60_000, // Where tests share a busy machine a row takes seconds.
  });
  writeSlowTeacher(taskDir, 4_000);
  const dataDir = join(directory, name, 'data');
  return { dataDir, gateway: await startWorkers({ dataDir, taskFile }) };
}

function post(url: string, body: unknown, rest: { client?: string; signal?: AbortSignal } = {}) {
  const { client, signal } = rest;
  return fetch(`${url}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(client === undefined ? {} : { 'x-client-id': client }),
    },
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
}

describe('a worker that asks the teacher of the primary', () => {
  it('keeps to the time of callers, stops for one that hangs up, and logs who asked', async () => {
    const { gateway, dataDir } = await startSlow('slow');
    const { url } = gateway;

    const known = (await (
      await post(url, { input: unsureSquare(1) }, { client: 'me' })
    ).json()) as AnswerJson;
    const hurried = (await (
      await post(url, { input: unsureSquare(2), timeoutMs: 60 })
    ).json()) as AnswerJson;
    const asked = await post(url, { input: unsureSquare(3), timeoutMs: 60, route: 'teacher' });
    const hangUp = AbortSignal.timeout(60);
    await assert.rejects(post(url, { input: unsureSquare(4) }, { signal: hangUp }));
    const last = (await (await post(url, { input: unsureSquare(5) })).json()) as AnswerJson;
    const { code, output } = await gateway.stop();

    assert.equal(code, 0, output);
    assert.deepEqual([known.route, last.route], ['teacher', 'teacher']);
    assert.ok(known.latencyMs.teacher! > 120, `${known.latencyMs.teacher} ms`);
    assert.equal(hurried.route, 'degraded');
    assert.ok(hurried.latencyMs.total < known.latencyMs.total / 2, `${hurried.latencyMs.total} ms`);
    assert.equal(asked.status, 504);
    assert.equal(((await asked.json()) as { code: string }).code, 'CANCELLED');
    const rows = await readLog(dataDir);
    const labelledFor = rows.filter(({ route }) => route === 'teacher').map(({ id }) => id);
    assert.deepEqual(labelledFor.sort(), [known.id, last.id].sort());
    const clients = new Map(rows.map(({ id, client }) => [id, client]));
    assert.deepEqual([clients.get(known.id), clients.get(last.id)], ['me', '127.0.0.1']);
  });

  it('has rows labelled that their callers do not wait for, before it ends', async () => {
    const taskDir = join(directory, 'labels', 'squares');
    const taskFile = writeSquaresFile(taskDir, {
      policy: { holdoutRate: 0.3, coldHoldoutRate: 0.3, exploreRate: 1 },
    });
    const dataDir = join(directory, 'labels', 'data');
    const gateway = await startWorkers({ dataDir, taskFile });
    const batches = [0, 1, 2, 3].map((batch) => ({
      inputs: Array.from({ length: 100 }, (_, mark) => sureSquare(100 * batch + mark)),
      route: 'student',
    }));

    const answers: AnswerJson[] = [];
    for (const batch of batches) {
      const { body } = await ask<BatchAnswerJson>(gateway.port, 'POST', path, batch);
      answers.push(...body.answers);
    }
    const { code, output } = await gateway.stop();

    assert.equal(code, 0, output);
    assert.doesNotMatch(output, /labelling-lost/);
    const answered = new Set(answers.map(({ id }) => id));
    const rows = await readLog(dataDir);
    assert.ok(rows.every(({ id, route }) => answered.has(id) && route === 'student'));
    // All but those that might become holdout rows: seven of ten.
    assert.ok(rows.length > 230 && rows.length < 330, `${rows.length} rows`);
  });

  it('lets a client follow a run of the primary to its end', async () => {
    const taskFile = writeSquaresFile(join(directory, 'runs', 'squares'));
    const gateway = await startWorkers({ dataDir: join(directory, 'runs', 'data'), taskFile });
    const runs = '/v1/tasks/squares/distillations';
    const begun = await ask<RunJson>(gateway.port, 'POST', runs);

    const events = await fetch(`${gateway.url}${runs}/${begun.body.id}/events`);
    const text = await events.text();
    const unknown = await fetch(`${gateway.url}${runs}/none/events`);
    const { status } = await fetch(`${gateway.url}${runs}`, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'cross-site' },
    });
    await gateway.stop();

    assert.equal(begun.status, 202);
    assert.equal(events.headers.get('content-type'), 'text/event-stream; charset=utf-8');
    assert.match(text, /event: end\ndata: /);
    assert.deepEqual([unknown.status, status], [404, 403]);
  });
});
