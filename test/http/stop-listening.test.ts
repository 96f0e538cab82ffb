import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe, it } from 'node:test';
import { createRequestGate } from '../../src/http/request-gate.js';
import { createStopListening } from '../../src/http/stop-listening.js';
import { openRaw, parseAnswer } from '../support/raw-http.js';
import { turnsOfTheLoop, until } from '../support/until.js';

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;
/** Longer than any of these tests. */
const longMs = 60_000;

/** A server that answers `/now` at once, and everything else when the test says so. */
async function openServer() {
  const held: ServerResponse[] = [];
  const streams = new Set<ServerResponse>();
  const gate = createRequestGate((request, response) => {
    if (request.url === '/now') response.end('now');
    else if (request.url === '/stream') {
      streams.add(response);
      response.write('first');
    } else held.push(response);
  });
  const server = createServer(gate.listener);
  const stop = createStopListening(server, gate, {
    endStreams: () => {
      for (const stream of streams) stream.end();
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => server.closeAllConnections());
  const { port } = server.address() as AddressInfo;
  return { server, stop, held, streams, port };
}

/** Holds the event loop. */
function spinFor(ms: number): void {
  const startedMs = performance.now();
  while (performance.now() - startedMs < ms);
}

describe('a server that stops', () => {
  it('answers what it has taken, and takes no new connection', async () => {
    const { server, stop, held, port } = await openServer();
    const client = openRaw(port);
    client.socket.write(get('/later'));
    await until('the request is there', () => held.length === 1);

    const stopped = stop(longMs);
    await until('the port is closed', () => !server.listening);
    const late = openRaw(port);
    await late.closed;
    held[0]!.end('later');
    await stopped;
    await client.closed;

    assert.equal(parseAnswer(client.received()).body, 'later');
    assert.equal(late.received(), '');
  });

  it('answers those who had connected and sent all, and waited to be taken in', async () => {
    const { stop, port } = await openServer();
    const clients = Array.from({ length: 40 }, () => openRaw(port));
    for (const { socket } of clients) socket.write(get('/now'));
    spinFor(50); // In this one turn of the loop the kernel has taken all of them in, and no more.

    await stop(longMs);
    await Promise.all(clients.map(({ closed }) => closed));

    const answered = clients.filter((client) => client.received().endsWith('now'));
    assert.equal(answered.length, clients.length);
  });

  it('answers new requests when its port is closed, so that nobody comes back to it', async () => {
    const { server, stop, port } = await openServer();
    const client = openRaw(port);
    await once(client.socket, 'connect');

    const stopped = stop(longMs);
    client.socket.write(get('/now'));
    let wasOpenWhenAnswered = false;
    await until('an answer', () => {
      const isAnswered = client.received().endsWith('now');
      wasOpenWhenAnswered ||= isAnswered && server.listening;
      return isAnswered;
    });
    await stopped;

    assert.equal(wasOpenWhenAnswered, false);
  });

  it('closes its port within two seconds also while new connections keep coming', async () => {
    const { server, stop, port } = await openServer();
    const startedMs = performance.now();
    let isOver = false;
    const flood = async (): Promise<void> => {
      while (!isOver) {
        openRaw(port).socket.write(get('/now'));
        await new Promise(setImmediate);
      }
    };
    const flooding = flood();
    const stopped = stop(longMs);
    await until('the port is closed', () => !server.listening);
    const tookMs = performance.now() - startedMs;
    isOver = true;
    await Promise.all([stopped, flooding]);

    assert.ok(tookMs < 2_000, `${tookMs} ms`);
  });

  it('gives a request time that is on its way on an idle connection', async () => {
    const { stop, port } = await openServer();
    const client = openRaw(port);
    client.socket.write(get('/now'));
    await until('an answer', () => client.received().endsWith('now'));

    const stopped = stop(longMs);
    await turnsOfTheLoop(200);
    client.socket.write(get('/now'));
    await until('a second answer', () => client.received().split('200 OK').length === 3);
    await stopped;
    await client.closed;
  });

  it('closes idle connections soon, those that never sent anything included', async () => {
    const { stop, port } = await openServer();
    const [used, unused] = [openRaw(port), openRaw(port)];
    await once(unused.socket, 'connect');
    used.socket.write(get('/now'));
    await until('an answer', () => used.received().endsWith('now'));
    const startedMs = performance.now();

    await stop(longMs);
    await Promise.all([used.closed, unused.closed]);

    assert.ok(performance.now() - startedMs < 5_000);
  });

  it('ends streams, those that are opened while it stops included', async () => {
    const { stop, held, streams, port } = await openServer();
    const [early, late, slow] = [openRaw(port), openRaw(port), openRaw(port)];
    early.socket.write(get('/stream'));
    late.socket.write(get('/now'));
    slow.socket.write(get('/later'));
    await until('all are served', () => streams.size === 1 && held.length === 1);
    await until('an answer', () => late.received().endsWith('now'));

    const stopped = stop(longMs);
    late.socket.write(get('/stream'));
    await until('both streams ended', () =>
      [early, late].every((raw) => raw.received().endsWith('first\r\n0\r\n\r\n')),
    );
    held[0]!.end();
    await stopped;

    assert.equal(streams.size, 2);
  });

  it('cuts off at its deadline who has had no answer by then', async () => {
    const { stop, held, port } = await openServer();
    const client = openRaw(port);
    client.socket.write(get('/never'));
    await until('the request is there', () => held.length === 1);

    await stop(50);
    await client.closed;

    assert.equal(client.received(), '');
  });
});
