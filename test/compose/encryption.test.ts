import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { stringify } from 'yaml';
import { createInputCipher } from '../../src/capture/input-cipher.js';
import { readSnapshot } from '../../src/distillation/dataset.js';
import type { RunJson } from '../../src/http/api-types.js';
import { filesWith } from '../support/files-with.js';
import { runProgram, startGatewayProcess } from '../support/gateway-process.js';
import { ask, predictAll } from '../support/http-client.js';
import { seededDraw } from '../support/seeded-draw.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { topicsTask, topicText } from '../support/topics-task.js';
import { until } from '../support/until.js';

const directory = temporaryDirectory();
/** A word of every text, and of nothing else. */
const secret = 'zebraquagga';
const draw = seededDraw(3);
const rows = Array.from({ length: 400 }, (_, k) => {
  const label = k % topicsTask.labels.length;
  return { text: `${secret} ${topicText(label, draw)}`, label: topicsTask.labels[label]! };
});

/** Writes a task of these texts, whose labels stand in for its teacher. */
function writeTask(name: string, trainer: unknown): string {
  const dir = join(directory, name);
  mkdirSync(dir);
  writeFileSync(join(dir, 'labels.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
  const task = {
    ...topicsTask,
    teacher: { kind: 'labels', name: 'people', file: 'labels.jsonl', costPerRowUsd: 0.001 },
    student: null,
    policy: { riskMax: 0.2, coldHoldoutRate: 0.4, holdoutRate: 0.4 },
    distillation: { trainingRowsMin: 100, choosingRowsMin: 10, searchSecondsMax: 1, trainer },
  };
  const file = join(dir, 'task.yaml');
  writeFileSync(file, stringify(task));
  return file;
}

/** Captures all texts, has a student made of them, and ends. */
async function serveAndDistil(taskFile: string, dataDir: string, key: string): Promise<RunJson> {
  const env = { UNDERSTUDY_ENCRYPTION_KEYS: key };
  const gateway = await startGatewayProcess({ dataDir, taskFile, env });
  const { port } = gateway;
  await predictAll(
    port,
    'topics',
    rows.map(({ text }) => text),
  );
  const { body: begun } = await ask<RunJson>(port, 'POST', '/v1/tasks/topics/distillations');
  let run = begun;
  await until('the run has ended', async () => {
    ({ body: run } = await ask<RunJson>(port, 'GET', `/v1/tasks/topics/distillations/${begun.id}`));
    return run.state !== 'running';
  });
  await gateway.stop();
  return run;
}

const filesWithSecret = (dataDir: string) => filesWith(secret, dataDir);

describe('a gateway with keys of encryption', () => {
  const [first, second] = [randomBytes(32).toString('hex'), randomBytes(32).toString('base64')];
  const taskFile = writeTask('embedded', { kind: 'embedded' });
  const dataDir = join(directory, 'data');
  const exportWith = (keys: string | null) =>
    runProgram({
      args: ['export', 'topics', '--data-dir', dataDir, '--out', join(directory, 'rows.jsonl')],
      env: {
        UNDERSTUDY_TASKS: taskFile,
        ...(keys === null ? {} : { UNDERSTUDY_ENCRYPTION_KEYS: keys }),
      },
    });

  it('leaves no input on the disk that can be read, after a run either', async () => {
    const run = await serveAndDistil(taskFile, dataDir, first);

    assert.notEqual(run.state, 'failed', run.message);
    assert.ok((run.dataset?.trainingRows ?? 0) > 100);
    assert.deepEqual(filesWithSecret(dataDir), []);
    const snapshotDir = join(dataDir, 'tasks/topics/runs', run.id, 'snapshot');
    await assert.rejects(readSnapshot(snapshotDir), /encrypted by key [0-9a-f]{16}, which was not/);
    const cipher = createInputCipher([Buffer.from(first, 'hex')]);
    const { train } = await readSnapshot(snapshotDir, cipher);
    assert.ok(train.every(({ input }) => Buffer.from(input).includes(secret)));
  });

  it('reads them by the key that they have, after another one has taken its place', async () => {
    const exported = await exportWith(`${second},${first}`);

    assert.equal(exported.code, 0, exported.output);
    const lines = readFileSync(join(directory, 'rows.jsonl'), 'utf8').trimEnd().split('\n');
    const texts = lines.map((line) => (JSON.parse(line) as { input: string }).input);
    assert.deepEqual(texts.sort(), rows.map(({ text }) => text).sort());
  });

  it('does not start without the key of the log, and says which variable has it', async () => {
    for (const keys of [null, second]) {
      const refused = await exportWith(keys);
      assert.equal(refused.code, 1);
      assert.match(refused.output, /encrypted by key [0-9a-f]{16}, .* UNDERSTUDY_ENCRYPTION_KEYS/);
    }
  });

  it('does not start with keys that are none, and does not repeat them', async () => {
    const bad = await exportWith(`${first},${first.slice(2)}`);

    assert.equal(bad.code, 1);
    assert.match(bad.output, /UNDERSTUDY_ENCRYPTION_KEYS: expected 32 bytes each, hex or base64/);
    assert.ok(!bad.output.includes(first.slice(2)));
  });

  it('shows a trainer of one’s own the rows in clear, and takes them away again', async () => {
    const seen = join(directory, 'seen.txt');
    const reader = new URL('../../src/distillation/dataset.js', import.meta.url).href;
    const script = `
      const { writeFileSync } = await import('node:fs');
      const { readSnapshot } = await import(${JSON.stringify(reader)});
      const { train } = await readSnapshot(process.argv[process.argv.indexOf('--snapshot') + 1]);
      const word = ${JSON.stringify([secret.slice(0, 5), secret.slice(5)])}.join('');
      const has = Buffer.from(train[0].input).includes(word);
      const hasKeys = 'UNDERSTUDY_ENCRYPTION_KEYS' in process.env;
      writeFileSync(${JSON.stringify(seen)}, has + ' ' + hasKeys);
      process.exit(3);`;
    const command = [process.execPath, '--input-type=module', '-e', script, '--'];
    const trainer = { kind: 'command', command };
    const ownDir = join(directory, 'own-data');
    const run = await serveAndDistil(writeTask('command', trainer), ownDir, first);

    assert.equal(run.state, 'failed');
    assert.match(run.reasons.join(), /trainer ended with 3/);
    assert.equal(readFileSync(seen, 'utf8'), 'true false'); // It read them, and has no key.
    assert.deepEqual(filesWithSecret(ownDir), []);
  });
});
