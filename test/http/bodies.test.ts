import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import request from 'supertest';
import { CancelledError } from '../../src/errors.js';
import type { ProblemJson } from '../../src/http/api-types.js';
import { answerJson } from '../support/api-values.js';
import { openHttpGateway, type HttpGateway } from '../support/http-gateway.js';
import { openRaw, parseAnswer, sendRaw } from '../support/raw-http.js';
import { until } from '../support/until.js';

const bytesMax = 4096;
const gateway = await openHttpGateway(
  { predict: async ({ inputs }) => inputs.map(() => answerJson()) },
  { requestBytesMax: bytesMax },
);
const path = '/v1/tasks/squares/predict';
const valid = JSON.stringify({ input: [0, 0, 0, 1] });
const post = () => request(gateway.server).post(path);

async function requireAlive({ server }: HttpGateway): Promise<void> {
  const response = await request(server)
    .post(path)
    .send({ input: [0, 0, 0, 1] });
  assert.equal(response.status, 200);
}

describe('a body', () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp']) {
    it(`of type ${type} is refused with 415 and what to send`, async () => {
      const response = await post().set('content-type', type).send(valid);

      const problem = response.body as ProblemJson;
      assert.equal(response.status, 415);
      assert.equal(response.type, 'application/problem+json');
      assert.equal(problem.code, 'UNSUPPORTED_MEDIA_TYPE');
      assert.deepEqual(problem.details, {
        field: 'content-type',
        expected: 'application/json',
        got: type,
      });
    });
  }

  it('in another charset than UTF-8 is refused with 415', async () => {
    for (const type of ['application/json; charset=utf-16', 'application/json;charset="latin1"']) {
      const response = await post().set('content-type', type).send(valid);

      assert.equal(response.status, 415);
      assert.match((response.body as ProblemJson).detail, /^Send the body as JSON in UTF-8/);
    }
    for (const type of ['application/json; charset=UTF-8', 'application/json; charset="utf-8"']) {
      const response = await post().set('content-type', type).send(valid);
      assert.equal(response.status, 200);
    }
  });

  it('that is not UTF-8 is refused, whatever its header says', async () => {
    for (const type of ['application/json', 'application/json; charset=utf-8']) {
      const body = '{"input": "caf\xe9"}';
      const head = `POST ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n`;
      const lengths = `content-type: ${type}\r\ncontent-length: ${body.length}\r\n\r\n`;
      const answer = await sendRaw(gateway.port, head + lengths + body);

      assert.equal(answer.status, 400);
      assert.match((JSON.parse(answer.body) as ProblemJson).detail, /not UTF-8; encode/);
    }
  });

  it('may start with a byte order mark', async () => {
    const response = await post().set('content-type', 'application/json').send(`\uFEFF${valid}`);

    assert.equal(response.status, 200);
  });

  it('without a content type is refused with 415', async () => {
    const head = `POST ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n`;
    const answer = await sendRaw(
      gateway.port,
      `${head}content-length: ${valid.length}\r\n\r\n${valid}`,
    );

    assert.equal(answer.status, 415);
    assert.equal((JSON.parse(answer.body) as ProblemJson).details?.['got'], 'nothing');
  });

  it('that is compressed is refused with 415', async () => {
    const response = await post()
      .set('content-type', 'application/json')
      .set('content-encoding', 'gzip')
      .send(gzipSync(valid));

    const problem = response.body as ProblemJson;
    assert.equal(response.status, 415);
    assert.equal(problem.details?.['field'], 'content-encoding');
    assert.match(problem.detail, /uncompressed/);
  });

  it('of exactly the limit is read, one byte more is refused with 413', async () => {
    const fits = valid.padEnd(bytesMax, ' ');
    const read = await post().set('content-type', 'application/json').send(fits);
    const refused = await post().set('content-type', 'application/json').send(`${fits} `);

    assert.equal(read.status, 200);
    const problem = refused.body as ProblemJson;
    assert.equal(refused.status, 413);
    assert.equal(problem.code, 'BODY_TOO_LARGE');
    assert.deepEqual(problem.details, { bytesMax, bytes: bytesMax + 1 });
    assert.match(problem.detail, /fewer inputs at once, or base64/);
  });

  it('announced as too large is refused before it is sent, and the line closed', async () => {
    const raw = openRaw(gateway.port);
    raw.socket.write(
      `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n` +
        `content-length: 1000000000\r\n\r\n`,
    );
    await until('an answer', () => raw.received().includes('BODY_TOO_LARGE'));
    raw.socket.end();
    await raw.closed;

    const answer = parseAnswer(raw.received());
    assert.equal(answer.status, 413);
    assert.equal(answer.headers['connection'], 'close');
    await requireAlive(gateway);
  });

  it('growing too large on the way is refused while it is sent, and the line closed', async () => {
    const raw = openRaw(gateway.port);
    raw.socket.write(
      `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n` +
        `transfer-encoding: chunked\r\n\r\n`,
    );
    const chunk = `400\r\n${' '.repeat(1024)}\r\n`;
    for (let sent = 0; sent < 8; sent++) raw.socket.write(chunk);
    await until('an answer', () => raw.received().includes('BODY_TOO_LARGE'));
    await raw.closed; // The client goes on sending nothing: the gateway hangs up by itself.

    const answer = parseAnswer(raw.received());
    assert.equal(answer.status, 413);
    assert.equal(answer.headers['connection'], 'close');
    await requireAlive(gateway);
  });

  it('that grows too large on another route does not leave its connection stuck', async () => {
    const task = await openHttpGateway();
    const raw = openRaw(task.port);
    const chunk = `8000\r\n${' '.repeat(0x8000)}\r\n`;
    raw.socket.write(
      `POST /v1/tasks/squares/promote HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n` +
        `transfer-encoding: chunked\r\n\r\n${chunk.repeat(3)}0\r\n\r\n`,
    );
    await raw.closed;

    assert.equal(parseAnswer(raw.received()).status, 413);
  });

  for (const [way, header] of [
    ['the fast path', ''],
    ['node:http', 'te: trailers\r\n'],
  ] as const)
    it(`still on its way to ${way} when a drain starts is the last one there`, async () => {
      let isLeaving = false;
      const draining = await openHttpGateway(
        { predict: async ({ inputs }) => inputs.map(() => answerJson()) },
        { isLeaving: () => isLeaving },
      );
      const raw = openRaw(draining.port);
      let bytesRead = (): number => 0;
      draining.server.on('connection', (socket) => (bytesRead = () => socket.bytesRead));
      const request =
        `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${header}` +
        `content-length: ${valid.length}\r\n\r\n${valid.slice(0, 5)}`;
      raw.socket.write(request);
      await until('the request is there', () => bytesRead() === request.length);
      isLeaving = true;
      draining.server.close();
      raw.socket.write(valid.slice(5));
      await raw.closed;

      const { status, headers } = parseAnswer(raw.received());
      assert.deepEqual([status, headers['connection']], [200, 'close']);
    });

  for (const way of ['content-length', 'chunks'] as const) {
    it(`of 30 MB by ${way} is refused so that its sender hears why`, async () => {
      // Hanging up in the middle resets the connection: the sender would see EPIPE and no answer.
      for (let round = 0; round < 3; round++) {
        const { status, body } = await sendLarge(gateway.port, way);
        assert.equal(status, 413);
        assert.equal((JSON.parse(body) as ProblemJson).code, 'BODY_TOO_LARGE');
      }
    });
  }

  it('that ends in the middle is nobody to answer, and no failure of the gateway', async () => {
    const failuresBefore = gateway.failures.length;
    const raw = openRaw(gateway.port);
    raw.socket.write(
      `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n` +
        `content-length: 500\r\n\r\n{"input": [0,`,
    );
    raw.socket.end();
    await raw.closed;
    await until('the gateway noticed', () => gateway.failures.length > failuresBefore);

    assert.ok(gateway.failures.at(-1) instanceof CancelledError);
    await requireAlive(gateway);
  });
});

function sendLarge(
  port: number,
  way: 'content-length' | 'chunks',
): Promise<{ status: number; body: string }> {
  const part = Buffer.alloc(1_000_000, ' ');
  const partCount = 30;
  const length = way === 'chunks' ? {} : { 'content-length': part.byteLength * partCount };
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ port, host: '127.0.0.1', path, method: 'POST' }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => (body += text));
      response.on('end', () => resolve({ status: response.statusCode!, body }));
    });
    sent.setHeader('content-type', 'application/json');
    for (const [name, value] of Object.entries(length)) sent.setHeader(name, value);
    sent.on('error', reject);
    let parts = 0;
    const write = (): void => {
      if (parts++ < partCount) sent.write(part, () => setImmediate(write));
      else sent.end();
    };
    write();
  });
}
