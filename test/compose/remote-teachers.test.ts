import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { stringify } from 'yaml';
import { inspect } from 'node:util';
import { openSqliteCapture } from '../../src/capture/sqlite-capture.js';
import { openTasks } from '../../src/compose.js';
import { InvalidConfigError } from '../../src/errors.js';
import type { AnswerJson, TaskJson } from '../../src/http/api-types.js';
import { silentLog } from '../../src/telemetry/log.js';
import { startChatServer, type ChatRequest } from '../support/chat-server.js';
import { openGateway, taskSource } from '../support/gateway.js';
import { ask, predictOne } from '../support/http-client.js';
import { jsonReply, startTeacherServer } from '../support/teacher-server.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
const labels = ['bad', 'fair', 'good'];
const key = 'sk-test-key';
let files = 0;

/** A task of texts that begins without a student. @returns the path of its file. */
function taskFile(teacher: Readonly<Record<string, unknown>>): string {
  const path = join(directory, `task-${files++}.yaml`);
  const task = {
    ...{ name: 'moods', title: 'Moods', labels, input: { kind: 'text', charsMax: 500 } },
    teacher: { name: 'remote', costPerRowUsd: 0.004, ...teacher },
    policy: { riskMax: 0.05 },
  };
  writeFileSync(path, stringify(task));
  return path;
}
const moodOf = (input: string): Record<string, number> =>
  Object.fromEntries(labels.map((label) => [label, input.includes(label) ? 0.8 : 0.1]));
const outside = { log: silentLog, now: () => Date.now(), newId: () => 'id' };
const refusalOf = (file: string): Promise<InvalidConfigError> =>
  openTasks({ dataDir: join(directory, `data-${files++}`) }, [taskSource(file)], outside).then(
    () => assert.fail('It has started.'),
    (error: unknown) => {
      assert.ok(error instanceof InvalidConfigError, String(error));
      return error;
    },
  );

describe('a gateway whose teacher is a language model', () => {
  it('answers from a cold start, and its rows are captured with what they cost', async () => {
    const server = await startChatServer({ key, model: moodOf });
    const file = taskFile({
      ...{ kind: 'openai', url: `${server.url}/v1`, model: 'small', apiKeyEnv: 'MOODS_KEY' },
      ...{ instructions: 'Say what mood it is.', examples: { similar: 2 } },
      prices: { inputUsdPerMillion: 10, outputUsdPerMillion: 1000 },
    });
    const dataDir = join(directory, 'llm');
    const { gateway, port, log } = await openGateway(dataDir, [file], {}, { MOODS_KEY: key });

    const texts = ['good "day"', 'bad day', 'a fair one', 'good evening', 'good night'];
    const answers: AnswerJson[] = [];
    for (const text of texts) answers.push(await predictOne(port, 'moods', text));
    const { body: task } = await ask<TaskJson>(port, 'GET', '/v1/tasks/moods');
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    await gateway.close();

    assert.deepEqual(
      answers.map(({ label, route, teacher }) => [label, route, teacher]),
      ['good', 'bad', 'fair', 'good', 'good'].map((label) => [label, 'teacher', 'remote']),
    );
    assert.match(task.teacher.version, /^openai-[0-9a-f]{12}$/);
    const path = join(dataDir, 'capture.sqlite');
    const capture = await openSqliteCapture({ path, now: () => Date.now() });
    const filter = { task: 'moods', teacherVersion: task.teacher.version };
    const all = { ...filter, rowsMax: 99, createdAfterMs: 0 };
    const rows = [...(await capture.readTraining(all)), ...(await capture.readHoldout(all))];
    await capture.close();
    assert.equal(rows.length, texts.length);
    for (const { id, costUsd } of answers) {
      assert.ok(costUsd > 0.005 && costUsd < 0.05, `${costUsd}`);
      assert.equal(rows.find((row) => row.id === id)!.costUsd, costUsd);
    }
    assert.ok(rows.every(({ teacherProbabilities }) => teacherProbabilities!.length === 3));
    // The server says 5 tokens an answer.
    const tokens = /^understudy_teacher_tokens_total\{(.*kind="output".*)\} (\d+)$/m.exec(metrics)!;
    assert.equal(Number(tokens[2]), 5 * texts.length);
    assert.ok(!inspect(log.lines, { depth: 9 }).includes(key));
  });

  it('repeats a prompt in its log, unless its request keeps nothing', async () => {
    // Servers send back what they were asked: words, and the whole body.
    const server = await startTeacherServer(({ text }) => {
      const { messages } = JSON.parse(text) as ChatRequest;
      const message = `Bad request: "${messages!.at(-1)!.content}" in "${text}"`;
      return jsonReply({ error: { message, type: 'invalid_request_error' } }, 400);
    });
    const llm = { kind: 'openai', url: `${server.url}/v1`, model: 'small', instructions: 'Say.' };
    const file = taskFile(llm);
    const told = async (fields: Readonly<Record<string, unknown>>) => {
      const dataDir = join(directory, `echo-${files++}`);
      const { gateway, port, log } = await openGateway(dataDir, [file]);
      const body = { input: 'my card is 4111', ...fields };
      const answer = await ask(port, 'POST', '/v1/tasks/moods/predict', body);
      await gateway.close();
      assert.equal(answer.status, 503);
      assert.ok(log.lines.some(({ event }) => event === 'request-failed'));
      const kept = readdirSync(dataDir, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
      const whole = inspect([log.lines, answer.body, kept], { depth: 99, maxStringLength: null });
      return { whole, lines: inspect(log.lines, { depth: 99, showHidden: true }) };
    };

    assert.match((await told({})).lines, /my card is 4111/);
    const unkept = await told({ noStore: true });
    assert.match(
      unkept.lines,
      /answered with status 400: "\(not shown: its request keeps nothing\)"/,
    );
    assert.doesNotMatch(unkept.lines, /4111/);
    assert.doesNotMatch(unkept.whole, /4111/);
  });

  it('does not start without its key, and says which variable has it', async () => {
    const file = taskFile({
      ...{ kind: 'openai', url: 'http://127.0.0.1:9/v1', model: 'small', apiKeyEnv: 'MOODS_KEY' },
      instructions: 'Say what mood it is.',
    });

    assert.match((await refusalOf(file)).message, /variable MOODS_KEY, which is not set/);
  });
});

describe('a gateway whose teacher is a model server', () => {
  const metadata = {
    name: 'moods',
    inputs: [{ name: 'text', datatype: 'BYTES', shape: [-1] }],
    outputs: [{ name: 'scores', datatype: 'FP32', shape: [-1, 3] }],
  };
  const oip = (url: string) => taskFile({ kind: 'oip', url, model: 'moods', output: scores });
  const scores = { holds: 'logits' };

  it('starts while that is down, says so, and asks it when it is there', async () => {
    let isUp = false;
    const server = await startTeacherServer(({ method }) => {
      if (!isUp) return { status: 503, text: '' };
      if (method === 'GET') return jsonReply(metadata);
      return jsonReply({ outputs: [{ name: 'scores', shape: [1, 3], data: [0, 2, 1] }] });
    });
    const { port, log } = await openGateway(join(directory, 'oip'), [oip(server.url)]);
    const down = await ask(port, 'POST', '/v1/tasks/moods/predict', { input: 'so so' });
    isUp = true;
    const up = await predictOne(port, 'moods', 'so so');

    assert.ok(log.lines.some(({ event }) => event === 'teacher-unchecked'));
    assert.equal(down.status, 503);
    assert.equal(up.label, 'fair');
  });

  it('does not start where its model takes something else', async () => {
    const inputs = [{ name: 'ids', datatype: 'INT64', shape: [-1, 128] }];
    const server = await startTeacherServer(() => jsonReply({ ...metadata, inputs }));

    const { message } = await refusalOf(oip(server.url));
    assert.match(message, /input ids is INT64 \[-1, 128\], but a text goes into BYTES/);
  });
});
