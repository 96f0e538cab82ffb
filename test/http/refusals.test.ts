import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ProblemJson } from '../../src/http/api-types.js';
import { openHttpGateway } from '../support/http-gateway.js';
import { openRaw, parseAnswer, sendRaw } from '../support/raw-http.js';
import { until } from '../support/until.js';

const gateway = await openHttpGateway({
  followRun: () => () => {},
  run: () => ({ state: 'running' }) as never,
});
const predict = 'POST /v1/tasks/squares/predict HTTP/1.1\r\nhost: x\r\n';
const json = 'content-type: application/json\r\n';

interface Refusal {
  readonly what: string;
  readonly request: string;
  readonly status: number;
  readonly code: string;
  readonly field: string;
}
const invalid = { status: 400, code: 'INVALID_INPUT' };
const refusals: readonly Refusal[] = [
  {
    ...invalid,
    what: 'an unknown method',
    request: 'BOGUS / HTTP/1.1\r\nhost: x\r\n\r\n',
    field: '(method)',
  },
  { ...invalid, what: 'no host', request: 'GET / HTTP/1.1\r\n\r\n', field: 'host' },
  {
    ...invalid,
    what: 'a control character in a header',
    request: 'GET / HTTP/1.1\r\nhost: x\r\nx-client-id: a\u0001b\r\n\r\n',
    field: '(headers)',
  },
  {
    ...invalid,
    what: 'both a length and chunks',
    request: `${predict}${json}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    field: 'transfer-encoding',
  },
  {
    ...invalid,
    what: 'a negative length',
    request: `${predict}${json}content-length: -5\r\n\r\n`,
    field: 'content-length',
  },
  {
    ...invalid,
    what: 'a chunk without a size',
    request: `${predict}${json}transfer-encoding: chunked\r\n\r\nzz\r\n`,
    field: '(body)',
  },
  {
    status: 431,
    code: 'HEADERS_TOO_LARGE',
    what: 'a path of 20 kB',
    request: `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`,
    field: '(headers)',
  },
  {
    status: 417,
    code: 'EXPECTATION_FAILED',
    what: 'an expectation that nobody can meet',
    request: `${predict}${json}expect: foo\r\ncontent-length: 0\r\n\r\n`,
    field: 'expect',
  },
];

describe('a request that can not be read', () => {
  for (const { what, request, status, code, field } of refusals) {
    it(`is refused with a problem document: ${what}`, async () => {
      const raw = openRaw(gateway.port);
      raw.socket.write(request, 'latin1');
      await raw.closed; // The gateway hangs up.

      const { headers, body, status: got } = parseAnswer(raw.received());
      const problem = JSON.parse(body) as ProblemJson;
      assert.equal(got, status);
      assert.equal(headers['content-type'], 'application/problem+json; charset=utf-8');
      assert.equal(Number(headers['content-length']), Buffer.byteLength(body));
      assert.equal(headers['connection'], 'close');
      assert.deepEqual([problem.status, problem.code], [status, code]);
      assert.equal(problem.details?.['field'], field);
      assert.deepEqual(Object.keys(problem.details ?? {}), ['field', 'expected', 'got']);
    });
  }

  it('is answered once, and so that who is still sending hears why', async () => {
    // Hanging up in the middle resets the connection: the sender would see EPIPE and no answer.
    for (let round = 0; round < 3; round++) {
      const raw = openRaw(gateway.port);
      raw.socket.write('GET /');
      for (let part = 0; part < 30; part++)
        await new Promise((resolve) => raw.socket.write('a'.repeat(1_000_000), resolve));
      raw.socket.end();
      await raw.closed;

      assert.equal(raw.received().split('HTTP/1.1 431').length, 2);
    }
  });

  it('is not answered in the middle of another answer', async () => {
    const raw = openRaw(gateway.port);
    raw.socket.write('GET /v1/tasks/squares/distillations/1/events HTTP/1.1\r\nhost: x\r\n\r\n');
    await until('the stream has begun', () => raw.received().includes('text/event-stream'));
    raw.socket.write('BOGUS\r\n\r\n');
    await raw.closed;

    assert.ok(!raw.received().includes('400'), raw.received());
  });

  it('does no harm when its sender has gone', async () => {
    for (const { request } of refusals) {
      const raw = openRaw(gateway.port);
      raw.socket.write(request, 'latin1', () => raw.socket.resetAndDestroy());
      await raw.closed;
    }

    const { status } = await sendRaw(gateway.port, 'GET / HTTP/1.0\r\n\r\n');
    assert.equal(status, 404); // HTTP/1.0 needs no host.
  });
});
