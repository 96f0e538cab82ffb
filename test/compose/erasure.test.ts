import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { stringify } from 'yaml';
import { readSnapshot } from '../../src/distillation/dataset.js';
import type { RunJson, StudentJson } from '../../src/http/api-types.js';
import type { ErasureJson } from '../../src/http/api-types-erasure.js';
import { filesWith } from '../support/files-with.js';
import { startGatewayProcess, type GatewayProcess } from '../support/gateway-process.js';
import { ask } from '../support/http-client.js';
import { seededDraw } from '../support/seeded-draw.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { topicsTask, topicText } from '../support/topics-task.js';
import { until } from '../support/until.js';

const directory = temporaryDirectory();
/** A word of every text of the subject, and of nothing else. */
const secret = 'zebraquagga';
const textOf = (input: Uint8Array): string => Buffer.from(input).toString('utf8');
const draw = seededDraw(3);
const rows = Array.from({ length: 600 }, (_, k) => {
  const label = k % topicsTask.labels.length;
  const text = topicText(label, draw);
  const isOfAnn = k % 2 === 0 || k > 550; // The newest rows too, which come first.
  return {
    ...{ text: isOfAnn ? `${secret} ${text}` : text, label: topicsTask.labels[label]! },
    subject: isOfAnn ? 'ann' : 'ben',
  };
});

/** Writes a task of these texts, whose labels stand in for its teacher, and without a seed file. */
function writeTask(name: string, privacy: object): string {
  const dir = join(directory, name);
  mkdirSync(dir);
  writeFileSync(join(dir, 'labels.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
  const task = {
    ...{ ...topicsTask, student: null, privacy },
    teacher: { kind: 'labels', name: 'people', file: 'labels.jsonl', costPerRowUsd: 0.001 },
    policy: { riskMax: 0.2, coldHoldoutRate: 0.4, holdoutRate: 0.4 },
    distillation: { trainingRowsMin: 100, choosingRowsMin: 10, searchSecondsMax: 1 },
  };
  const file = join(dir, 'task.yaml');
  writeFileSync(file, stringify(task));
  return file;
}

async function get<T>(port: number, path: string, method = 'GET', body?: unknown): Promise<T> {
  const answer = await ask<T>(port, method, `/v1/tasks/topics${path}`, body);
  assert.ok(answer.status < 300, JSON.stringify(answer.body));
  return answer.body;
}

/** Captures all texts, and has a student made of them. */
async function serveAndDistil(gateway: GatewayProcess): Promise<RunJson> {
  const { port } = gateway;
  for (let start = 0; start < rows.length; start += 40)
    for (const subject of ['ann', 'ben']) {
      const own = rows.slice(start, start + 40).filter((row) => row.subject === subject);
      const inputs = own.map(({ text }) => text);
      if (inputs.length > 0) await get(port, '/predict', 'POST', { inputs, subject });
    }
  return distil(gateway);
}

async function distil({ port, url }: GatewayProcess): Promise<RunJson> {
  const { id } = await get<RunJson>(port, '/distillations', 'POST');
  // A run yields to everything else on the machine: its events end when it does.
  await (await fetch(`${url}/v1/tasks/topics/distillations/${id}/events`)).text();
  return get<RunJson>(port, `/distillations/${id}`);
}

describe('a gateway that has learnt from a subject', () => {
  it('has none of its texts on the disk once it is erased, and says who saw them', async () => {
    const dataDir = join(directory, 'erased');
    const taskFile = writeTask('erased-task', {});
    const gateway = await startGatewayProcess({ dataDir, taskFile });
    const run = await serveAndDistil(gateway);
    const { port } = gateway;
    assert.notEqual(run.state, 'failed', run.message);
    const version = run.candidateVersion!;
    assert.ok(filesWith(secret, dataDir).length > 0);

    const erased = await get<ErasureJson>(port, '/rows?subject=ann', 'DELETE');

    assert.equal(erased.rows, rows.filter(({ subject }) => subject === 'ann').length);
    assert.deepEqual(erased.students, [version]);
    assert.deepEqual(filesWith(secret, dataDir), []);
    await gateway.stop();
    assert.deepEqual(filesWith(secret, dataDir), []);
    // It is checked with answers all the same, and serves.
    const file = join(dataDir, 'tasks/topics/students', version, 'recorded.json');
    assert.equal((JSON.parse(readFileSync(file, 'utf8')) as { rows: [] }).rows.length, 16);
    const again = await startGatewayProcess({ dataDir, taskFile });

    const students = await get<{ students: StudentJson[] }>(again.port, '/students');
    assert.equal(students.students.find(({ state }) => state === 'serving')?.version, version);
    // Who is erased is in no later snapshot.
    const { id, state, message } = await distil(again);
    assert.ok(state === 'promoted' || state === 'rejected', message);
    const snapshot = await readSnapshot(join(dataDir, 'tasks/topics/runs', id, 'snapshot'));
    const learnt = [...snapshot.train, ...snapshot.validation].map(({ input }) => textOf(input));
    const texts = new Set(rows.filter(({ subject }) => subject === 'ben').map(({ text }) => text));
    assert.ok(learnt.length >= 100, `${learnt.length} rows`);
    assert.ok(learnt.every((text) => texts.has(text)));
    await again.stop();
  });

  it('has none of them once they are too old', async () => {
    const dataDir = join(directory, 'old');
    const first = await startGatewayProcess({ dataDir, taskFile: writeTask('kept-task', {}) });
    const run = await serveAndDistil(first);
    assert.notEqual(run.state, 'failed', run.message);
    await first.stop();
    const taskFile = writeTask('old-task', { retentionDays: 1e-9 });

    const second = await startGatewayProcess({ dataDir, taskFile });

    await until('nothing is left', async () => filesWith(secret, dataDir).length === 0);
    await second.stop();
  });
});
