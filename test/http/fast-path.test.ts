import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { CancelledError, OverloadedError } from '../../src/errors.js';
import type { TaskService } from '../../src/task/task-service.js';
import { answerJson } from '../support/api-values.js';
import { openHttpGateway, openPlainGateway } from '../support/http-gateway.js';
import { answersIn, ask, talk, type Heard } from '../support/http-dialogue.js';
import { ringOf } from '../support/key-ring.js';
import { openRaw, parseAnswer } from '../support/raw-http.js';
import { until } from '../support/until.js';

const path = '/v1/tasks/squares/predict';
const valid = JSON.stringify({ input: [0, 0, 0, 1] });
const requestOf = (body: string, ...headers: readonly string[]): string =>
  [
    `POST ${path} HTTP/1.1`,
    'host: x',
    'content-type: application/json',
    ...headers,
    `content-length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');

/** Says what it was asked, so that two servers can be told to have understood the same. */
const echo: Partial<TaskService> = {
  predict: async ({ inputs, client, route, timeoutMs }) =>
    inputs.map((input) =>
      answerJson({ label: JSON.stringify([[...input], client, route, timeoutMs]) }),
    ),
};
const bytesMax = 4096;

/** A gateway, and how many requests its `node:http` has seen. */
async function openCounted(
  methods: Partial<TaskService> = echo,
  changes: Parameters<typeof openHttpGateway>[1] = {},
) {
  const gateway = await openHttpGateway(methods, { requestBytesMax: bytesMax, ...changes });
  let requests = 0;
  gateway.server.on('request', () => requests++);
  return { ...gateway, requests: () => requests };
}

const last = requestOf(valid, 'connection: close');

describe('the fast path', () => {
  it('answers a plain prediction on a connection that stays', async () => {
    const { port, requests } = await openCounted();

    const plain = await ask(port, [requestOf(valid), requestOf(valid), requestOf(valid)]);
    assert.equal(requests(), 0);
    const [odd] = await ask(port, [last]);

    assert.equal(requests(), 1);
    assert.deepEqual(new Set(plain.map(({ text }) => text)), new Set([odd!.text]));
    assert.deepEqual([plain[2]!.status, plain[2]!.isLast, odd!.isLast], [200, false, true]);
  });

  const withKeys = ringOf({
    chief: {},
    guest: { scopes: ['predict'] },
    reader: { scopes: ['read'] },
  });
  for (const [where, access, usual] of [
    ['', null, []],
    [' by a gateway with keys', withKeys, ['x-api-key: chief']],
  ] as const)
    it(`answers as node:http does, whatever is sent and however it is cut${where}`, async () => {
      const changes = { requestBytesMax: bytesMax, access };
      const [gateway, plainPort] = [
        await openCounted(echo, changes),
        await openPlainGateway(echo, changes),
      ];
      const bodies = fc.constantFrom(
        valid,
        JSON.stringify({ inputs: [[0, 0, 0, 1], 'AQIDBA=='], route: 'teacher', timeoutMs: 5 }),
        JSON.stringify({ input: [0, 0, 0, 2] }),
        ...['{"input":', '"ä€😀"', ' ', 'null', ' '.repeat(bytesMax), ' '.repeat(bytesMax + 1)],
      );
      const headers = fc.constantFrom(
        ...[
          'x-client-id: me',
          `x-client-id: ${'m'.repeat(200)}`,
          'x-client-id: ',
          'X-Client-Id: \u00e4',
          'accept: */*',
          'x-a: b ',
        ],
        ...[
          'connection: keep-alive',
          'connection: x-a',
          'proxy-connection: keep-alive',
          'te: trailers',
        ],
        ...[
          'content-length: 1',
          'content-encoding: gzip',
          'content-type: application/json; charset=utf-16',
          'expect: 100-continue',
          'x-a:b',
          'x-a : b',
        ],
        ...[`x-a: ${'a'.repeat(9_000)}`, `x-a: ${'a'.repeat(17_000)}`],
        ...[
          'authorization: Bearer guest',
          'authorization: bearer  chief',
          'authorization: Basic x',
        ],
        ...[
          'authorization: Bearer',
          'authorization: Bearer nobody',
          'Authorization: Bearer reader',
        ],
        ...['x-api-key: guest', 'X-API-Key: reader', 'x-api-key: ', 'x-api-key: nobody'],
        ...[
          'transfer-encoding: chunked',
          'content-type: text/plain',
          'host: y',
          'upgrade: h2c',
          'x',
        ],
      );
      const odd = fc.constantFrom(
        `GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n`,
        `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`,
        requestOf(valid).replace('squares', 'nothing'),
        requestOf(valid).replace('squares', 'sq%75ares'),
        requestOf(valid).replace('POST ', 'POST http://x'),
        requestOf(`\uFEFF${valid}`),
        requestOf(valid).replace('HTTP/1.1', 'HTTP/1.0'),
        requestOf(valid).replace('host: x\r\n', ''),
        requestOf(valid).replace('POST', 'post'),
        `\r\n${requestOf(valid)}`,
        requestOf(valid).replaceAll('\r\n', '\n'),
      );
      const request = fc.oneof(
        { weight: 5, arbitrary: bodies.map((body) => requestOf(body, ...usual)) },
        {
          weight: 3,
          arbitrary: fc
            .tuple(bodies, fc.array(headers, { minLength: 1, maxLength: 2 }))
            .map(([body, added]) => requestOf(body, ...added)),
        },
        { weight: 1, arbitrary: odd },
      );
      const share = fc.double({ min: 0, max: 1, noNaN: true });
      const parts = fc.tuple(request, fc.array(share, { maxLength: 3 })).map(([text, cuts]) => {
        const bytes = Buffer.from(text).toString('latin1');
        const places = cuts.map((cut) => Math.floor(cut * bytes.length)).sort((a, b) => a - b);
        return [0, ...places].map((at, k) => bytes.slice(at, places[k] ?? bytes.length));
      });

      await fc.assert(
        fc.asyncProperty(fc.array(parts, { minLength: 1, maxLength: 4 }), async (requests) => {
          const [fast, plain] = await Promise.all([
            ask(gateway.port, requests),
            ask(plainPort, requests),
          ]);

          // After a refusal node:http closes a connection or not, as the bytes have come.
          const count = Math.min(fast.length, plain.length);
          const common = (answers: readonly Heard[]) => answers.slice(0, count).map((a) => a.text);
          assert.ok(count > 0);
          assert.deepEqual(common(fast), common(plain));
          if (fast.length > count) assert.ok(plain.at(-1)!.isLast, JSON.stringify(plain));
          if (plain.length > count) assert.ok(fast.at(-1)!.isLast, JSON.stringify(fast));
        }),
        { numRuns: 400, seed: 20_261_129 },
      );
    });

  it('answers in turn what was sent ahead', async () => {
    const { port } = await openCounted();
    const marked = [1, 128 / 255, 64 / 255].map((x) =>
      requestOf(JSON.stringify({ input: [x, 0, 0, 0] })),
    );

    const answers = await talk(port, [marked.join('') + last]);

    assert.deepEqual(
      answers.map(({ text }) => /label[^\d]*(\d+)/.exec(text)?.[1]),
      ['255', '128', '64', '0'],
    );
  });

  for (const [way, end] of [
    ['hung up', (socket: Socket) => socket.destroy()],
    ['been reset', (socket: Socket) => socket.resetAndDestroy()],
    ['ended his side', (socket: Socket) => socket.end()],
  ] as const)
    it(`tells a prediction that its caller has ${way}`, async () => {
      let caller: Parameters<TaskService['predict']>[1] | undefined;
      const { port, failures, metrics } = await openCounted({
        predict: (_request, asks) =>
          new Promise((_resolve, reject) => {
            caller = asks;
            asks.signal.addEventListener('abort', () => reject(new CancelledError('Gone.')));
          }),
      });
      const raw = openRaw(port);
      raw.socket.write(requestOf(valid));
      await until('it is asked', () => caller !== undefined);
      assert.equal(caller?.aborted, false);

      end(raw.socket);
      await until('it has failed', () => failures.length === 1);

      assert.ok(caller.aborted);
      await new Promise(setImmediate);
      assert.match(await metrics.text(), /http_requests_total\{[^}]*status="499"[^}]*\} 1\n/);
    });

  it('keeps what is sent while a request is answered until its turn has come', async () => {
    const answers: (() => void)[] = [];
    const { port } = await openCounted({
      predict: ({ inputs: [input] }) =>
        new Promise((resolve) =>
          answers.push(() => resolve([answerJson({ label: String(input![0]) })])),
        ),
    });
    const raw = openRaw(port);
    const marked = [1, 128 / 255, 64 / 255].map((x) => JSON.stringify({ input: [x, 0, 0, 0] }));
    raw.socket.write(requestOf(marked[0]!));
    await until('the first is asked', () => answers.length === 1);
    for (const body of marked.slice(1)) {
      raw.socket.write(requestOf(body));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.equal(answers.length, 1);

    for (const count of [1, 2, 3]) {
      await until('it is asked', () => answers.length >= count);
      answers[count - 1]!();
    }
    await until('all are answered', () => answersIn(raw.received()).length === 3);

    const labels = answersIn(raw.received()).map(({ text }) => /label[^\d]*(\d+)/.exec(text)?.[1]);
    assert.deepEqual(labels, ['255', '128', '64']);
    raw.socket.destroy();
  });

  it('outlives clients that end in the middle and are gone before they are told', async () => {
    const { port, failures } = await openCounted();
    for (let k = 0; k < 50; k++) {
      const { socket } = openRaw(port);
      await once(socket, 'connect');
      socket.write(requestOf(valid).slice(0, -3));
      socket.end();
      await new Promise(setImmediate);
      socket.resetAndDestroy();
    }
    await until('all are noticed', () => failures.length === 50);

    const [answer] = await ask(port, [requestOf(valid)]);
    assert.equal(answer!.status, 200);
  });

  it('lets a slow reader have his whole answer', async () => {
    const label = 'x'.repeat(20_000_000);
    const { port, server } = await openCounted({ predict: async () => [answerJson({ label })] });
    server.keepAliveTimeout = 300;
    const raw = openRaw(port);
    await once(raw.socket, 'connect');
    raw.socket.pause();
    raw.socket.write(requestOf(valid));
    await sleep(2_500); // Two sweeps and more.
    raw.socket.resume();
    await until('it is there', () => raw.received().length > label.length);
    raw.socket.destroy();
  });

  it('lets go of idle connections when the gateway stops, and answers the others', async () => {
    const held: (() => void)[] = [];
    let isLeaving = false;
    const { port, server, stop } = await openCounted(
      {
        predict: ({ client }) =>
          new Promise((resolve) => {
            const answer = (): void => resolve([answerJson()]);
            if (client === 'slow') held.push(answer);
            else answer();
          }),
      },
      { isLeaving: () => isLeaving },
    );
    server.keepAliveTimeout = 60_000;
    const [idle, busy] = [openRaw(port), openRaw(port)];
    idle.socket.write(requestOf(valid));
    busy.socket.write(requestOf(valid, 'x-client-id: slow'));
    await until('one is answered', () => idle.received() !== '' && held.length === 1);

    isLeaving = true;
    const stopped = stop(60_000);
    await idle.closed;
    held[0]!();
    await Promise.all([busy.closed, stopped]);

    const [answer] = answersIn(busy.received());
    assert.deepEqual([answer!.status, answer!.isLast], [200, true]);
  });

  it('runs nothing more on a connection that it has promised to close', async () => {
    let asked = 0;
    let isLeaving = false;
    const { port, server } = await openCounted(
      {
        predict: async () => {
          asked++;
          isLeaving = true;
          server.close();
          return [answerJson()];
        },
      },
      { isLeaving: () => isLeaving },
    );
    const raw = openRaw(port);
    raw.socket.write(requestOf(valid));
    await until('there is an answer', () => raw.received() !== '');
    raw.socket.write(requestOf(valid));
    await raw.closed;

    assert.deepEqual([asked, answersIn(raw.received()).length], [1, 1]);
    assert.equal(answersIn(raw.received())[0]!.isLast, true);
  });

  it('refuses with 503 and the time to wait what the student has no room for', async () => {
    const { port, requests } = await openCounted({
      refusal: () => new OverloadedError('Enough.', 7),
    });
    const raw = openRaw(port);
    raw.socket.write(requestOf(valid));
    await until('there is an answer', () => raw.received().includes('Enough.'));

    const { status, headers } = parseAnswer(raw.received());
    assert.deepEqual([status, headers['retry-after'], requests()], [503, '7', 0]);
    raw.socket.destroy();
  });

  it('takes nothing further from a client that does not read', async () => {
    let asked = 0;
    const label = 'x'.repeat(200_000);
    const { port } = await openCounted({
      predict: async () => {
        asked++;
        return [answerJson({ label })];
      },
    });
    const raw = openRaw(port);
    await once(raw.socket, 'connect');
    raw.socket.setNoDelay(true).pause();
    for (let k = 0; k < 200; k++) {
      raw.socket.write(requestOf(valid));
      await sleep(5); // So that it does not come ahead of the answer before.
    }

    assert.ok(asked > 0 && asked < 100, `${asked} of 200 were answered into the void`);
    raw.socket.destroy();
  });

  it('closes a connection that waits too long, as node:http does', async () => {
    const { port, server, failures } = await openCounted();
    Object.assign(server, { keepAliveTimeout: 300, headersTimeout: 300, requestTimeout: 300 });
    const [unused, used, cut] = [openRaw(port), openRaw(port), openRaw(port)];
    used.socket.write(requestOf(valid));
    cut.socket.write(requestOf(valid).slice(0, -3));

    const all = [unused, used, cut];
    await until('it was refused', () => cut.received() !== '');
    cut.socket.write(requestOf(valid).slice(-3)); // Too late.
    await until('all are closed', () => all.every(({ socket }) => socket.closed));

    const statuses = all.map((raw) => parseAnswer(raw.received()).status);
    assert.deepEqual(statuses, [408, 200, 408]);
    assert.equal(answersIn(cut.received()).length, 1);
    assert.deepEqual(failures.map(String), ['CancelledError: The caller hung up in the middle.']);
    assert.equal(answersIn(used.received()).length, 1);
  });
});
