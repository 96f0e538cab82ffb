import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { stringify } from 'yaml';
import type { RunJson, TaskJson } from '../../src/http/api-types.js';
import { runProgram, startGatewayProcess } from '../support/gateway-process.js';
import { ask, predictAll } from '../support/http-client.js';
import { ordersTask, textOf } from '../support/orders-task.js';
import { seededDraw } from '../support/seeded-draw.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
const dataDir = join(directory, 'data');
const draw = seededDraw(11);
const { labels } = ordersTask;
/** Texts, each with its label, and each once. */
const drawTexts = (count: number): readonly [string, number][] => {
  const texts = new Map<string, number>();
  while (texts.size < count) {
    const label = Math.floor(draw() * labels.length);
    texts.set(textOf(label, draw), label);
  }
  return [...texts];
};
const logged = drawTexts(300);
const asked = drawTexts(110);

/** A task without any student, whose teacher knows what will be asked. */
function writeTask(): string {
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(join(dataDir, 'holdout.key'), Buffer.alloc(32, 1)); // Draws the same each time.
  const known = asked.map(([text, label]) => JSON.stringify({ text, label: labels[label] }));
  writeFileSync(join(directory, 'labels.jsonl'), known.join('\n'));
  const path = join(directory, 'task.yaml');
  const task = {
    ...{ ...ordersTask, labels: [...labels], student: null },
    teacher: { kind: 'labels', name: 'people', file: './labels.jsonl', costPerRowUsd: 0.001 },
    policy: { riskMax: 0.05, coldHoldoutRate: 0.6, recoveryHoldoutRate: 0.6 },
    // A busy machine is no reason to reject it.
    distillation: { trainingRowsMin: 50, choosingRowsMin: 10, runMsP99Max: 1000 },
  };
  writeFileSync(path, stringify(task));
  return path;
}

function writeChats(): string {
  const path = join(directory, 'chats.jsonl');
  const lines = logged.map(([text, label]) =>
    JSON.stringify({
      request: { messages: [{ role: 'user', content: `What is it about?\nText: ${text}` }] },
      response: { choices: [{ message: { role: 'assistant', content: `${labels[label]!}.` } }] },
    }),
  );
  writeFileSync(path, lines.join('\n'));
  return path;
}

describe('a first student out of a log of chats', () => {
  it('is made once there are holdout rows to choose by; until then a run says so', async () => {
    const taskFile = writeTask();
    const rest = ['--data-dir', dataDir];
    const env = { UNDERSTUDY_TASKS: taskFile };
    const chats = ['import', 'orders', writeChats(), '--kind', 'chat', '--after', 'Text:'];

    const imported = await runProgram({ args: [...chats, ...rest], env });
    const gateway = await startGatewayProcess({ dataDir, taskFile });
    const tooEarly = await runProgram({ args: ['distil', 'orders', ...rest], env });
    await predictAll(
      gateway.port,
      'orders',
      asked.map(([text]) => text),
    );
    const inTime = await runProgram({ args: ['distil', 'orders', ...rest], env });
    const { body: task } = await ask<TaskJson>(gateway.port, 'GET', '/v1/tasks/orders');
    const path = '/v1/tasks/orders/distillations';
    const { runs } = (await ask<{ runs: RunJson[] }>(gateway.port, 'GET', path)).body;
    await gateway.stop();

    assert.match(imported.output, /^300 of 300 rows are new to orders/);
    assert.equal(tooEarly.code, 3);
    assert.match(tooEarly.output, /\nNothing to do yet\./);
    assert.match(tooEarly.output, /Only 0 holdout rows are there to choose by .* needs 10/);
    assert.doesNotMatch(tooEarly.output, /Only \d+ training rows/); // Of these there are enough.
    assert.equal(inTime.code, 0);
    assert.match(inTime.output, /Promoted: the new student serves/, inTime.output);
    // More than the draw leaves of traffic, less than half: it has learnt from the chats.
    const { trainingRows } = runs[0]!.dataset!;
    assert.ok(trainingRows > asked.length / 2, `${trainingRows} training rows`);
    assert.match(task.student!.version, /^v1-/);
  });
});
