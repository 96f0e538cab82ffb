import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { createConnectionPool } from '../../loadtest/client/connection-pool.js';
import type { Outcome } from '../../loadtest/client/connection.js';
import { requestBytesOf } from '../../loadtest/client/request-bytes.js';
import { startRawServer } from '../support/raw-server.js';

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

function open(url: string, { connectionsMax = 4, timeoutMs = 2_000 } = {}) {
  const pool = createConnectionPool({ url, connectionsMax, timeoutMs });
  const request = requestBytesOf(url, Buffer.from('{}'));
  const send = (): Promise<string> =>
    new Promise((resolve) => pool.send(request, (outcome) => resolve(shown(outcome))));
  return { pool, send };
}

const shown = (outcome: Outcome): string =>
  outcome.kind === 'failed' ? outcome.why : `${outcome.status} ${outcome.body.toString()}`;

describe('the connections of the load generator', () => {
  it('send requests one after the other over one connection', async () => {
    const heard: string[] = [];
    const server = await startRawServer((socket, text) => {
      heard.push(text);
      socket.write(ok);
    });
    const { pool, send } = open(server.url);

    assert.deepEqual([await send(), await send(), await send()], ['200 ok', '200 ok', '200 ok']);

    pool.close();
    assert.equal(server.sockets.length, 1);
    assert.equal(
      heard[0],
      `POST / HTTP/1.1\r\nhost: 127.0.0.1:${server.port}\r\n` +
        'content-type: application/json\r\ncontent-length: 2\r\n\r\n{}',
    );
  });

  it('are no more than allowed: the next request waits for one, and is counted', async () => {
    const held: (() => void)[] = [];
    const server = await startRawServer((socket) => {
      held.push(() => socket.write(ok));
      if (held.length >= 2) for (const answer of held.splice(0)) answer();
    });
    const { pool, send } = open(server.url, { connectionsMax: 2 });

    const outcomes = await Promise.all([send(), send(), send(), send()]);

    assert.deepEqual(outcomes, ['200 ok', '200 ok', '200 ok', '200 ok']);
    assert.deepEqual([server.sockets.length, pool.waits], [2, 2]);
    pool.close();
  });

  it('are opened anew when the server closes one, idle or with its answer', async () => {
    let asked = 0;
    const server = await startRawServer((socket) => {
      asked++;
      if (asked === 1) socket.end(ok.replace('\r\n\r\n', '\r\nconnection: close\r\n\r\n'));
      else socket.write(ok);
    });
    const { pool, send } = open(server.url, { connectionsMax: 1 });

    assert.equal(await send(), '200 ok');
    assert.equal(await send(), '200 ok');
    const closed = once(server.sockets[1]!, 'close');
    server.sockets[1]!.end();
    await closed;
    assert.equal(await send(), '200 ok');

    assert.equal(server.sockets.length, 3);
    pool.close();
  });

  const failures: Readonly<Record<string, [string | null, string]>> = {
    'a connection closed without an answer': ['', 'ECONNRESET'],
    'one closed in the middle of a head': ['HTTP/1.1 200 OK\r\ncont', 'cut off'],
    'one closed in the middle of a body': [
      'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf',
      'cut off',
    ],
    'a chunked answer': [
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      'transfer-encoding: only content-length is read',
    ],
    'two answers to one request': [ok + ok, '200 ok'],
    'no answer': [null, 'timeout'],
  };
  for (const [what, [answer, expected]] of Object.entries(failures))
    it(`tell ${what}, and the next request gets a new one`, async () => {
      const server = await startRawServer((socket) => {
        if (server.sockets.length > 1) socket.write(ok);
        else if (answer !== null) socket.end(answer);
      });
      const { pool, send } = open(server.url, { connectionsMax: 1, timeoutMs: 200 });

      assert.deepEqual([await send(), await send()], [expected, '200 ok']);

      assert.equal(server.sockets.length, 2);
      pool.close();
    });

  it('have a time limit for each answer, not for the connection', async () => {
    let asked = 0;
    const server = await startRawServer((socket) => {
      if (++asked <= 12) setTimeout(() => socket.write(ok), 50);
    });
    const { pool, send } = open(server.url, { connectionsMax: 1, timeoutMs: 300 });

    const outcomes: string[] = [];
    for (let request = 0; request < 13; request++) outcomes.push(await send());

    assert.deepEqual(outcomes, [...Array.from({ length: 12 }, () => '200 ok'), 'timeout']);
    pool.close();
  });

  it('tell that nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    server.close();
    await once(server, 'close');

    assert.equal(await open(`http://127.0.0.1:${port}/`).send(), 'ECONNREFUSED');
  });

  it('fail what is in flight, or waits, when they are closed', async () => {
    const server = await startRawServer(() => pool.close());
    const { pool, send } = open(server.url, { connectionsMax: 1 });

    assert.deepEqual(await Promise.all([send(), send()]), ['closed', 'closed']);
    assert.equal(server.sockets.length, 1);
  });
});
