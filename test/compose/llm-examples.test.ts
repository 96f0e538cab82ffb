import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { stringify } from 'yaml';
import { forgetOnErase } from '../../src/serving/forget-on-erase.js';
import { startChatServer } from '../support/chat-server.js';
import { MemoryCapture } from '../fakes/memory-capture.js';
import { capturedRow } from '../support/captured-row.js';
import { openGateway } from '../support/gateway.js';
import { ask } from '../support/http-client.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();

describe('a gateway that shows captured rows to a language model', () => {
  it('shows none of a subject once it is erased', async () => {
    const server = await startChatServer({ key: 'sk', model: () => ({ bad: 0.1, good: 0.9 }) });
    const file = join(directory, 'task.yaml');
    const llm = {
      ...{ kind: 'openai', url: `${server.url}/v1`, model: 'small', instructions: 'Say.' },
      ...{ name: 'llm', costPerRowUsd: 0.004, apiKeyEnv: 'KEY', examples: { similar: 4 } },
    };
    const task = {
      ...{ name: 'moods', title: 'Moods', labels: ['bad', 'good'] },
      ...{ input: { kind: 'text', charsMax: 500 }, teacher: llm },
      // As good as no row is held out: such rows are never shown.
      policy: { riskMax: 0.05, holdoutRate: 1e-6, coldHoldoutRate: 1e-6 },
    };
    writeFileSync(file, stringify(task));
    const { port } = await openGateway(join(directory, 'data'), [file], {}, { KEY: 'sk' });
    /** @returns the prompt. */
    const predict = async (input: string, subject?: string): Promise<string> => {
      const body = { input, ...(subject === undefined ? {} : { subject }) };
      const { status } = await ask(port, 'POST', '/v1/tasks/moods/predict', body);
      assert.equal(status, 200);
      return server.requests.at(-1)!.text;
    };
    const erase = async (subject: string): Promise<unknown> =>
      (await ask(port, 'DELETE', `/v1/tasks/moods/rows?subject=${subject}`)).body;
    await predict('my card is lost', 'anna');
    await predict('my card is late', 'bob');
    await predict('my card is blue', 'carl');
    await erase('carl'); // Rows are read again.
    const before = await predict('my card again');
    const erased = await erase('anna');
    const after = await predict('my card for ever');

    assert.equal((erased as { readonly rows: number }).rows, 1);
    assert.match(before, /card is lost/);
    assert.doesNotMatch(before, /card is blue/);
    assert.match(after, /card is late/);
    assert.doesNotMatch(after, /card is lost/);
  });
});

describe('a log that tells of erasures', () => {
  it('does so where rows are gone, or may be, and says what the log says', async () => {
    const log = new MemoryCapture();
    let forgotten = 0;
    const capture = forgetOnErase(log, () => void forgotten++);
    await log.append([
      capturedRow({ id: 'a', task: 'moods', subject: 'anna', createdMs: 1 }),
      capturedRow({ id: 'b', task: 'moods', subject: 'bob', createdMs: 2 }),
    ]);

    assert.equal(await capture.eraseBefore('moods', 1, 9), 0);
    assert.equal(forgotten, 0);
    assert.equal(await capture.eraseSubject('moods', 'bob', 9), 1);
    assert.equal(forgotten, 1);
    assert.equal(await capture.eraseSubject('moods', 'erased elsewhere', 9), 0);
    assert.equal(forgotten, 2);
    assert.equal(await capture.eraseBefore('moods', 9, 9), 1);
    assert.equal(forgotten, 3);
    log.eraseBefore = async () => Promise.reject(new Error('The connection broke.'));
    await assert.rejects(forgetOnErase(log, () => void forgotten++).eraseBefore('moods', 9, 9));
    assert.equal(forgotten, 4);
  });
});
