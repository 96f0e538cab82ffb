import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AnswerJson, BatchAnswerJson, ProblemJson } from '../../src/http/api-types.js';
import { answerJson } from '../support/api-values.js';
import { openHttpGateway } from '../support/http-gateway.js';
import { sendRaw, type RawAnswer } from '../support/raw-http.js';
import { seededDraw } from '../support/seeded-draw.js';

const rounds = 600;

const gateway = await openHttpGateway({
  predict: async ({ inputs: asked }) => asked.map(() => answerJson()),
});

const inputs = [
  [0, 0.5, 1, 0.25],
  [
    [0, 1],
    [1, 0],
  ],
  Buffer.from([1, 2, 3, 4]).toString('base64'),
];
const strangeValues: readonly unknown[] = [
  ...[null, true, '', 'NaN', -0, 1e308, -1, 2 ** 53, [], {}, [[]], [[[[]]]], '\u0000', '😀'],
  ...[{ length: 4 }, [[0, 0], [0]], 'AAAA====', { toString: 1 }, [[0, 0, 0, 0]], 'constructor'],
];
const strangeHeaders = [
  ...['content-type: text/json', 'content-type: application/json;charset=utf-16', 'expect: maybe'],
  ...['content-encoding: br', 'x-client-id: \u00ff\u00fe', 'transfer-encoding: identity'],
  ...[
    'content-length: 5',
    'content-length: -1',
    'upgrade: websocket',
    'sec-fetch-site: cross-site',
  ],
];

/** Draws one mutation of a valid request, as the bytes that go over the wire. */
function createMutator(draw: () => number): () => string {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(draw() * from.length)]!;

  function body(): string {
    const value: Record<string, unknown> = draw() < 0.5 ? { input: pick(inputs) } : { inputs };
    if (draw() < 0.5) value['route'] = pick(['auto', 'student', 'teacher', pick(strangeValues)]);
    if (draw() < 0.3) value['timeoutMs'] = pick([100, 1.5, pick(strangeValues)]);
    if (draw() < 0.3) value['probabilities'] = pick([true, pick(strangeValues)]);
    if (draw() < 0.2) value[JSON.stringify(pick(strangeValues))] = pick(strangeValues);
    if (draw() < 0.3) value[pick(['input', 'inputs'])] = pick(strangeValues);
    return JSON.stringify(value);
  }
  /** Drops, doubles or changes one character. */
  function spoilt(text: string): string {
    const at = Math.floor(draw() * text.length);
    const changes = ['', text[at]!.repeat(2), pick(['{', '"', '\\', '\u0000', '[', '9', 'e'])];
    return text.slice(0, at) + pick(changes) + text.slice(at + 1);
  }

  return () => {
    let payload = body();
    for (let times = Math.floor(draw() * 4); times > 0; times--) payload = spoilt(payload);
    const method = draw() < 0.9 ? 'POST' : pick(['GET', 'PUT', 'HEAD', 'OPTIONS', 'PATCH']);
    const path = draw() < 0.9 ? '/v1/tasks/squares/predict' : spoilt('/v1/tasks/squares/predict');
    const headers = [
      'host: x',
      'connection: close',
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(payload)}`,
    ];
    if (draw() < 0.2) headers[2 + Math.floor(draw() * 2)] = pick(strangeHeaders);
    else if (draw() < 0.2) headers.push(pick(strangeHeaders));
    const bytes = Buffer.from(payload).toString('latin1');
    const target = path.replaceAll(/[\s\0]/g, '');
    return `${method} ${target} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n${bytes}`;
  };
}

function requireSane({ status, headers, body }: RawAnswer, request: string): void {
  assert.ok(status >= 200 && status < 500, `${status} for ${request}`);
  if (request.startsWith('HEAD')) return;
  if (status === 200) {
    const { answers = [JSON.parse(body) as AnswerJson] } = JSON.parse(
      body,
    ) as Partial<BatchAnswerJson>;
    assert.equal(answers[0]?.label, 'bright');
    return;
  }
  assert.equal(headers['content-type'], 'application/problem+json; charset=utf-8', request);
  assert.equal((JSON.parse(body) as ProblemJson).status, status);
}

describe('a few hundred spoilt requests', () => {
  it(`are all answered with JSON, none with a 5xx, and the gateway lives on`, async () => {
    const mutate = createMutator(seededDraw(20_261_125));
    const seen = new Map<number, number>();
    const requests = Array.from({ length: rounds }, mutate);

    for (let first = 0; first < rounds; first += 20) {
      const batch = requests.slice(first, first + 20);
      const answers = await Promise.all(batch.map((text) => sendRaw(gateway.port, text)));
      answers.forEach((answer, index) => {
        requireSane(answer, batch[index]!);
        seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
      });
    }

    const unexpected = gateway.failures.filter((error) => !('code' in (error as object)));
    assert.deepEqual(unexpected, []);
    // The mutations reach the inside: some are still valid, some are refused by each part.
    for (const status of [200, 400, 404, 405, 415]) assert.ok(seen.has(status), `no ${status}`);
  });
});
