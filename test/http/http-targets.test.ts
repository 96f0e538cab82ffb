import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OverloadedError } from '../../src/errors.js';
import type { ProblemJson } from '../../src/http/api-types.js';
import { answerJson } from '../support/api-values.js';
import { openHttpGateway } from '../support/http-gateway.js';
import { answersIn } from '../support/http-dialogue.js';
import { openRaw, parseAnswer, sendRaw } from '../support/raw-http.js';
import { until } from '../support/until.js';

const gateway = await openHttpGateway(
  { predict: async ({ inputs }) => inputs.map(() => answerJson()) },
  { requestBytesMax: 4096 },
);
const body = JSON.stringify({ input: [0, 0, 0, 1] });
const path = '/v1/tasks/squares/predict';
const headOf = (target: string, ...headers: readonly string[]): string =>
  [
    `POST ${target} HTTP/1.1`,
    'host: x',
    'content-type: application/json',
    ...headers,
    `content-length: ${body.length}`,
    '\r\n',
  ].join('\r\n');

describe('the target of a request', () => {
  const close = 'connection: close';
  for (const target of [
    `http://x${path}`,
    `HTTPS://other:8080${path}`,
    '/v1/tasks/sq%75ares/predict',
  ])
    it(`may be written as ${target}`, async () => {
      assert.equal((await sendRaw(gateway.port, headOf(target, close) + body)).status, 200);
    });

  it('may be absolute for other routes, and without a path', async () => {
    const get = (target: string) =>
      sendRaw(gateway.port, `GET ${target} HTTP/1.1\r\nhost: x\r\n${close}\r\n\r\n`);

    assert.equal((await get('http://x/healthz')).status, 200);
    const { body: text } = await get('http://x?y=1');
    assert.match((JSON.parse(text) as ProblemJson).detail, /^There is no GET \/\./);
  });
});

describe('who waits for "100 Continue"', () => {
  const expect = 'expect: 100-continue';

  it('is asked for the body of what can be answered', async () => {
    const raw = openRaw(gateway.port);
    raw.socket.write(headOf(path, expect));
    await until('the word', () => raw.received().startsWith('HTTP/1.1 100 Continue\r\n\r\n'));
    raw.socket.write(body);

    await until('the answer', () => answersIn(raw.received()).length === 2);
    assert.deepEqual(
      answersIn(raw.received()).map(({ status }) => status),
      [100, 200],
    );
    raw.socket.destroy();
  });

  const refusals: Readonly<Record<string, readonly [string, number]>> = {
    'an unknown task': [headOf('/v1/tasks/nothing/predict', expect), 404],
    'a body that is too large': [headOf(path, expect).replace(/length: \d+/, 'length: 99999'), 413],
    'another type': [headOf(path, expect).replace('application/json', 'text/plain'), 415],
    'another charset': [headOf(path, expect).replace('json', 'json; charset=utf-16'), 415],
    'another method': [headOf(path, expect).replace('POST', 'PUT'), 405],
  };
  for (const [what, [request, status]] of Object.entries(refusals))
    it(`hears the refusal alone, and is let go: ${what}`, async () => {
      const raw = openRaw(gateway.port);
      raw.socket.write(request);
      await raw.closed;

      assert.deepEqual(
        answersIn(raw.received()).map(({ status, isLast }) => [status, isLast]),
        [[status, true]],
      );
    });

  it('hears it of an overload, too', async () => {
    const full = await openHttpGateway({ refusal: () => new OverloadedError('full', 1) });
    const raw = openRaw(full.port);
    raw.socket.write(headOf(path, expect));
    await raw.closed;

    assert.equal(parseAnswer(raw.received()).status, 503);
    assert.equal(parseAnswer(raw.received()).headers['connection'], 'close');
  });
});

describe('a request that does not arrive', () => {
  it('is given up after the 60 seconds that the README names', () => {
    const { headersTimeout, requestTimeout } = gateway.server;

    assert.deepEqual([headersTimeout, requestTimeout], [60_000, 60_000]);
  });
});
