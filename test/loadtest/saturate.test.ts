import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runSaturate, type SaturateOptions } from '../../loadtest/saturate.js';
import { startRawServer } from '../support/raw-server.js';

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

const load = (url: string): SaturateOptions => ({
  url,
  bodies: [Buffer.from('{}')],
  connections: 4,
  warmUpSeconds: 0,
  seconds: 0.4,
  timeoutMs: 2_000,
});

describe('the closed loop', () => {
  it('sends the next request of a connection when its last is answered', async () => {
    let inFlight = 0;
    let inFlightMax = 0;
    const server = await startRawServer((socket) => {
      inFlightMax = Math.max(inFlightMax, ++inFlight);
      setTimeout(() => {
        inFlight--;
        socket.write(ok);
      }, 20);
    });

    const result = await runSaturate(load(server.url));

    assert.deepEqual([inFlightMax, server.sockets.length], [4, 4]);
    assert.deepEqual(result.failures, {});
    // 4 connections, 20 ms an answer, 0.4 s: 80 at most.
    assert.ok(result.answered > 20 && result.answered <= 80, `${result.answered} answered`);
    assert.equal(result.perSecond, result.answered / 0.4);
    assert.equal(result.roundTripUs.totalCount, result.answered);
    assert.ok(result.roundTripUs.minNonZeroValue >= 19_000);
  });

  it('does not count its warm-up', async () => {
    let asked = 0;
    const server = await startRawServer((socket) => {
      asked++;
      setTimeout(() => socket.write(ok), 5);
    });

    const { answered } = await runSaturate({ ...load(server.url), warmUpSeconds: 0.4 });

    assert.ok(answered < asked - 20, `${answered} of ${asked} counted`);
  });

  it('ends when as many are answered as were asked for, and tells the time it took', async () => {
    const server = await startRawServer((socket) => void setTimeout(() => socket.write(ok), 5));

    const result = await runSaturate({ ...load(server.url), seconds: 60, requestsMax: 20 });

    assert.ok(result.answered >= 20 && result.answered < 24, `${result.answered} answered`);
    assert.ok(result.seconds >= 0.024 && result.seconds < 5, `${result.seconds} s`);
  });

  it('counts what failed by kind, and goes on', async () => {
    let asked = 0;
    const server = await startRawServer((socket) => {
      const [busy, gone] = [asked % 3 === 0, asked % 3 === 1];
      asked++;
      if (gone) socket.destroy();
      else socket.write(busy ? 'HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n' : ok);
    });

    const { answered, failures } = await runSaturate({ ...load(server.url), connections: 1 });

    assert.ok(answered > 3);
    assert.deepEqual(Object.keys(failures).sort(), ['503', 'ECONNRESET']);
  });
});
