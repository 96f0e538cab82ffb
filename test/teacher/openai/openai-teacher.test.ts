import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InvalidConfigError, TeacherFailedError } from '../../../src/errors.js';
import type { ChatExample } from '../../../src/teacher/openai/chat-messages.js';
import { openOpenaiTeacher } from '../../../src/teacher/openai/openai-teacher.js';
import { encodeTensors } from '../../../src/task/tensor-codec.js';
import { encodeText } from '../../../src/task/text-codec.js';
import { assertNearAll } from '../../support/assert-near-all.js';
import { startChatServer, wordsIn, type ChatRequest } from '../../support/chat-server.js';
import { openaiOptions } from '../../support/openai-options.js';
import { jsonReply, startTeacherServer } from '../../support/teacher-server.js';

const labels = ['bad', 'fair', 'good'];
const spec = { input: { kind: 'text', charsMax: 4000 }, labels } as const;
const key = 'sk-test';
let seen: ChatRequest;
const shares = { bad: 0.1, fair: 0.3, good: 0.6 };
const model = (_: string, request: ChatRequest) => {
  seen = request;
  return shares;
};
const server = await startChatServer({ key, model });
const modest = await startChatServer({ key, model, isModest: true });
const none = async (): Promise<readonly ChatExample[]> => [];

function open(given: Readonly<Record<string, unknown>> = {}, findExamples = none) {
  const options = openaiOptions({ url: `${server.url}/v1`, ...given }, key);
  return openOpenaiTeacher(spec, options, { findExamples, now: () => Date.now() });
}
const ask = async (given: Readonly<Record<string, unknown>> = {}, text = 'so so') =>
  (await open(given).label([encodeText(text)]))[0]!;

describe('a language model as a teacher', () => {
  it('is asked by the rules of the API: schema of labels, log-probabilities', async () => {
    await ask({ extra: { seed: 7 } });

    const { messages, ...rest } = seen;
    assert.equal(messages!.length, 2);
    assert.deepEqual(rest, {
      ...{ model: 'small', max_tokens: 200, temperature: 0, logprobs: true, top_logprobs: 20 },
      response_format: {
        type: 'json_schema',
        json_schema: {
          ...{ name: 'answer', strict: true },
          schema: {
            type: 'object',
            properties: { label: { type: 'string', enum: labels } },
            required: ['label'],
            additionalProperties: false,
          },
        },
      },
      ...{ stream: false, seed: 7 },
    });
  });

  it('leaves out what a model does not take', async () => {
    await ask({
      ...{ temperature: null, softLabels: 'none', structured: 'none' },
      tokensField: 'max_completion_tokens',
    });

    assert.deepEqual(Object.keys(seen).sort(), [
      ...['max_completion_tokens', 'messages', 'model', 'stream'],
    ]);
  });

  it('gives probabilities from log-probabilities', async () => {
    const { label, probabilities } = await ask();

    assert.equal(label, 2);
    assertNearAll(probabilities!, [0.1, 0.3, 0.6], 1e-9);
  });

  it('counts samples where it is told to, and where there are no log-probabilities', async () => {
    const samples = { samples: 10, softLabels: 'samples' };
    const fallback = { samples: 10, url: `${modest.url}/v1` };
    for (const given of [samples, fallback]) {
      const { label, probabilities } = await ask(given);
      assert.equal(label, 2);
      // The server draws 6 of 10 good, 3 fair, 1 bad.
      assertNearAll(probabilities!, [0.1, 0.3, 0.6], 1e-9);
    }
    assert.equal(seen.temperature, 1);
  });

  it('gives the label alone where there is nothing else', async () => {
    const { label, probabilities } = await ask({ url: `${modest.url}/v1` });

    assert.deepEqual([label, probabilities], [2, null]);
  });

  it('costs what its tokens cost, cached ones less', async () => {
    const prices = {
      ...{ inputUsdPerMillion: 2, cachedInputUsdPerMillion: 0.5, outputUsdPerMillion: 8 },
    };
    const { costUsd, usage } = await ask({ prices });

    const [system, user] = seen.messages!.map(({ content }) => wordsIn(content));
    const input = system! + user!;
    assert.deepEqual(usage, { inputTokens: input, cachedInputTokens: system, outputTokens: 5 });
    assert.ok(Math.abs(costUsd - (user! * 2 + system! * 0.5 + 5 * 8) / 1e6) < 1e-15);
    assert.equal((await ask()).costUsd, 0.004); // No prices: what a row is said to cost.
  });

  it('costs all of its requests, where one answer takes several', async () => {
    const prices = { inputUsdPerMillion: 1, outputUsdPerMillion: 1 };
    const { usage } = await ask({ samples: 3, url: `${modest.url}/v1`, prices });

    // One for the log-probabilities that did not come, and one for each of three samples.
    assert.equal(usage!.outputTokens, 20);
  });

  it('costs what it can cost at most where the usage can not be, or is not told', async () => {
    const choices = [{ message: { content: '{"label":"good"}' } }];
    const prices = { inputUsdPerMillion: 1, outputUsdPerMillion: 1 };
    for (const usage of [undefined, null, { prompt_tokens: -1, completion_tokens: 1 }, {}, 'no']) {
      server.fault = { kind: 'reply', reply: jsonReply({ choices, usage }) };
      const { costUsd } = await ask({ prices });
      const unpriced = await ask({ prices: null });
      server.fault = null;
      assert.equal(costUsd, await open({ prices }).rowUsdMax!([encodeText('so so')]));
      assert.equal(unpriced.costUsd, 0.004);
    }
  });

  it('shows examples as messages and answers, given ones first', async () => {
    const given = [{ input: 'great', label: 'good' }];
    const similar = [{ input: 'so', label: 'fair' }];
    const teacher = open({ examples: { given, similar: 1 } }, async () => similar);
    await teacher.label([encodeText('so so')]);

    assert.deepEqual(seen.messages!.slice(1), [
      { role: 'user', content: '{"input":"great"}' },
      { role: 'assistant', content: '{"label":"good"}' },
      { role: 'user', content: '{"input":"so"}' },
      { role: 'assistant', content: '{"label":"fair"}' },
      { role: 'user', content: '{"input":"so so"}' },
    ]);
  });

  it('tells the model what labels mean', async () => {
    await ask({ labelDescriptions: { bad: 'somebody is angry' } });

    const system = seen.messages![0]!.content;
    assert.match(system, /Say what mood the text is in\./);
    assert.match(system, /- "bad": somebody is angry\n- "fair"\n- "good"\n/);
  });

  it('is sent tensors as JSON', async () => {
    const input = {
      kind: 'tensor',
      tensors: [{ name: 'age', dtype: 'float32', shape: [] }],
    } as const;
    const options = openaiOptions({ url: `${server.url}/v1` }, key);
    const parts = { findExamples: none, now: () => 0 };
    const teacher = openOpenaiTeacher({ input, labels }, options, parts);
    await teacher.label([encodeTensors([{ data: Float32Array.of(7), dims: [] }], input)]);

    assert.deepEqual(JSON.parse(seen.messages!.at(-1)!.content), { input: '{"age":7}' });
  });

  it('reads JSON that models wrap', async () => {
    for (const content of [
      '```json\n{"label":"bad"}\n```',
      '<think>It is {"label":"good"}?</think>\n\n{"label": "bad"}',
      ' {"why": "so", "label": "bad"} ',
    ]) {
      const choices = [{ message: { content }, finish_reason: 'stop' }];
      server.fault = { kind: 'reply', reply: jsonReply({ choices }) };
      const { label } = await ask();
      server.fault = null;
      assert.equal(label, 0, content);
    }
  });

  it('is found below a path, and with a query', async () => {
    const other = await startTeacherServer(() =>
      jsonReply({ choices: [{ message: { content: 'bad' } }] }),
    );
    await assert.rejects(ask({ url: `${other.url}/deployments/m/?api-version=1` }), /the answer/);

    assert.equal(other.requests[0]!.path, '/deployments/m/chat/completions?api-version=1');
  });

  it('may send a byte order mark', async () => {
    const choices = [{ message: { content: '{"label":"bad"}' } }];
    const text = `\uFEFF${JSON.stringify({ choices })}`;
    server.fault = { kind: 'reply', reply: { status: 200, text } };
    const { label } = await ask();
    server.fault = null;

    assert.equal(label, 0);
  });

  it('is not asked again when its account is empty', async () => {
    const error = { message: 'You exceeded your quota', code: 'insufficient_quota' };
    server.fault = { kind: 'reply', reply: jsonReply({ error }, 429) };

    await assert.rejects(ask(), (failure) => {
      assert.ok(failure instanceof TeacherFailedError);
      assert.equal(failure.isRetryable, false);
      return true;
    });
    server.fault = null;
  });

  it('is another one when what it is told is', () => {
    const versionOf = (given: object): string => open({ ...given }).version;
    const others: readonly object[] = [
      ...[{ model: 'big' }, { instructions: 'Say it.' }, { temperature: 1 }, { revision: '2' }],
      ...[
        { examples: { similar: 3 } },
        { softLabels: 'none' },
        { labelDescriptions: { bad: 'x' } },
      ],
    ];
    const same = [{ url: 'https://elsewhere/v1' }, { timeoutMs: 5 }, { costPerRowUsd: 1 }];

    assert.equal(new Set([{}, ...others].map(versionOf)).size, others.length + 1);
    assert.equal(new Set([{}, ...same].map(versionOf)).size, 1);
  });

  it('refuses labels that the task lacks', () => {
    const misfits: readonly object[] = [
      { labelDescriptions: { great: 'x' } },
      { examples: { given: [{ input: 'x', label: 'great' }] } },
    ];
    for (const given of misfits)
      assert.throws(
        () => open({ ...given }),
        (error) => {
          assert.ok(error instanceof InvalidConfigError);
          assert.match(error.message, /"great"/);
          return true;
        },
      );
  });
});
