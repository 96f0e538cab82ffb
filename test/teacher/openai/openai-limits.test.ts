import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resilienceSchema } from '../../../src/config/resilience-schema.js';
import { OverloadedError, TeacherFailedError } from '../../../src/errors.js';
import { openOpenaiTeacher } from '../../../src/teacher/openai/openai-teacher.js';
import { systemClock } from '../../../src/teacher/resilience/clock.js';
import { ResilientTeacher } from '../../../src/teacher/resilience/resilient-teacher.js';
import { encodeText } from '../../../src/task/text-codec.js';
import { startChatServer, type ChatServerOptions } from '../../support/chat-server.js';
import { openaiOptions } from '../../support/openai-options.js';

const labels = ['bad', 'good'];
const spec = { input: { kind: 'text', charsMax: 4000 }, labels } as const;
const key = 'sk-test';
const moodOf = (input: string): Record<string, number> => ({
  ...{
    angry: 0.7,
    bad: input.includes('bad') ? 0.2 : 0.1,
    good: input.includes('bad') ? 0.1 : 0.2,
  },
});

async function open(
  server: Partial<ChatServerOptions>,
  given: Readonly<Record<string, unknown>> = {},
) {
  const started = await startChatServer({ key, model: moodOf, ...server });
  const options = openaiOptions({ url: `${started.url}/v1`, ...given }, key);
  const parts = { findExamples: async () => [], now: () => Date.now() };
  return { server: started, teacher: openOpenaiTeacher(spec, options, parts) };
}
const failureOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => assert.fail('It has answered.'),
    (error: unknown) => error,
  );
const row = encodeText('so so');

describe('a language model with a limit of requests and tokens', () => {
  it('says how much is left, and refuses what is above it, until there is room again', async () => {
    let nowMs = 0;
    const limits = { requestsPerMinute: 2, tokensPerMinute: 100_000, nowMs: () => nowMs };
    const { server, teacher } = await open({ limits });
    const { text } = (await teacher.label([row]), server.requests[0]!);
    const post = () =>
      fetch(`${server.url}/v1/chat/completions`, {
        ...{ method: 'POST', body: text, headers: { authorization: `Bearer ${key}` } },
      });
    const last = await post();
    const refused = await post();

    assert.equal(last.status, 200);
    assert.equal(last.headers.get('x-ratelimit-limit-requests'), '2');
    assert.equal(last.headers.get('x-ratelimit-remaining-requests'), '0');
    assert.equal(last.headers.get('x-ratelimit-reset-requests'), '1m0s');
    assert.equal(refused.status, 429);
    assert.equal(refused.headers.get('retry-after'), '30');
    const { error } = (await refused.json()) as { error: Readonly<Record<string, unknown>> };
    assert.deepEqual(
      [error['type'], error['param'], error['code']],
      ['requests', null, 'rate_limit_exceeded'],
    );
    const failure = await failureOf(teacher.label([row]));
    assert.ok(failure instanceof OverloadedError);
    assert.match(failure.message, /Rate limit reached .* on requests per min \(RPM\): Limit 2/);
    assert.equal(failure.details['retryAfterMs'], 30_000);
    nowMs = 30_000;
    assert.equal((await teacher.label([row])).length, 1);
  });

  it('counts the tokens of a prompt and of its longest answer', async () => {
    const limits = { requestsPerMinute: 99, tokensPerMinute: 1000, nowMs: () => 0 };
    const { teacher } = await open({ limits }, { tokensMax: 500 });
    await teacher.label([row]);
    const second = await failureOf(teacher.label([row]));
    const large = await failureOf(
      (await open({ limits }, { tokensMax: 1000 })).teacher.label([row]),
    );

    assert.match(String(second), /on tokens per min \(TPM\): Limit 1000, Used 5\d\d, Requested 5/);
    assert.match(String(large), /Request too large/);
  });

  it('is got through by a burst above the limit, without a lost row', async () => {
    // 10 at once, and 10 more each second.
    const limits = { requestsPerMinute: 600, tokensPerMinute: 10_000_000, windowMs: 1000 };
    const { server, teacher: inner } = await open({ limits });
    const heard: string[] = [];
    const teacher = new ResilientTeacher(inner, {
      settings: resilienceSchema.parse({
        ...{ retries: { attemptsMax: 10, budgetShare: 1 }, limit: { callsMax: 4 } },
      }),
      ...{ timeoutMs: 30_000, clock: systemClock, draw: () => 0.5 },
      observer: {
        breakerChanged: (state) => void heard.push(state),
        triedAgain: (how) => void heard.push(how),
        paused: () => void heard.push('paused'),
      },
    });
    const texts = Array.from({ length: 30 }, (_, k) => (k % 2 === 0 ? `bad ${k}` : `so ${k}`));
    const startedMs = performance.now();
    const answers = await Promise.all(texts.map((text) => teacher.label([encodeText(text)])));
    const tookMs = performance.now() - startedMs;

    assert.deepEqual(
      answers.map(([answer]) => answer!.label),
      texts.map((_, k) => k % 2),
    );
    assert.ok(tookMs > 1900, `30 rows at 10 a second took ${tookMs} ms`);
    assert.ok(server.requests.length > 30, 'Nothing was refused: there was no burst.');
    assert.ok(heard.includes('paused') && heard.includes('retry'));
    assert.ok(!heard.includes('open'), 'A limit is no failure.');
  });
});

describe('a language model that keeps to formats', () => {
  it('gives labels of the schema alone, and without one what it thinks', async () => {
    const { teacher } = await open({}, { softLabels: 'logprobs' });
    const [answer] = await teacher.label([encodeText('bad')]);
    assert.equal(answer!.label, 0);
    assert.ok(Math.abs(answer!.probabilities![0]! - 2 / 3) < 1e-9);

    for (const structured of ['json-object', 'none']) {
      const failure = await failureOf((await open({}, { structured })).teacher.label([row]));
      assert.ok(failure instanceof TeacherFailedError);
      assert.match(failure.message, /"\{\\"label\\":\\"angry\\"\}"/);
    }
  });

  it('refuses one that it does not know, for good', async () => {
    const { server, teacher } = await open({ formats: ['json_object'] });
    const failure = await failureOf(teacher.label([row]));

    assert.ok(failure instanceof TeacherFailedError);
    assert.deepEqual([failure.details['status'], failure.isRetryable], [400, false]);
    assert.match(failure.message, /'response_format' of type 'json_schema' is not supported/);
    assert.equal(server.requests.length, 1);
    const model = () => ({ bad: 0.1, good: 0.9 });
    const other = await open({ formats: ['json_object'], model }, { structured: 'json-object' });
    assert.equal((await other.teacher.label([row]))[0]!.label, 1);
  });
});
