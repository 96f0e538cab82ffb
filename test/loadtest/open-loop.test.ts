import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe, it } from 'node:test';
import { runOpenLoop, type OpenLoopOptions } from '../../loadtest/open-loop.js';

type Answerer = (request: IncomingMessage, response: ServerResponse) => void;

/** Starts a server of this process; it is gone when the tests have ended. @returns its URL. */
async function serve(answer: Answerer): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** The draw with which a Poisson process arrives at its mean distance, every time. */
const evenly = (): number => 1 - Math.exp(-1);

/** One arrival every 10 ms, the first after 10 ms. `arrivals` of them, but for the warm-up's. */
const load = (url: string, arrivals: number): OpenLoopOptions => ({
  url,
  bodies: [Buffer.from('{}')],
  ratePerSecond: 100,
  warmUpSeconds: 0,
  seconds: arrivals / 100 + 0.005,
  timeoutMs: 1_000,
  connectionsMax: 256,
  draw: evenly,
  groupOf: (body) => body,
});

/** Fails with the value, unless it is in [min, max] ms. */
function assertMs(microseconds: number, { min = 0, max = Infinity }): void {
  const ms = microseconds / 1000;
  assert.ok(ms >= min && ms <= max, `${ms} ms is not in [${min}, ${max}]`);
}

describe('the open-loop load generator', () => {
  it('sends a request when it is due, whether or not earlier ones are answered', async () => {
    const arrivedMs: number[] = [];
    const waiting: ServerResponse[] = [];
    const url = await serve((_, response) => {
      arrivedMs.push(performance.now());
      waiting.push(response);
      if (waiting.length === 20) for (const held of waiting) held.end('ok');
    });
    const startedMs = performance.now();

    const result = await runOpenLoop(load(url, 20));

    assert.deepEqual([result.sent, result.answered, result.failures], [20, 20, {}]);
    assert.equal(result.latenessUs.totalCount, 20);
    arrivedMs.forEach((atMs, index) => {
      const dueMs = 10 * (index + 1);
      assert.ok(atMs - startedMs >= dueMs - 0.001, `request ${index} came before ${dueMs} ms`);
    });
  });

  for (const connectionsMax of [1, 256]) {
    it(`sees a server stand still, with ${connectionsMax} connections at most`, async () => {
      let stall: Promise<void> | null = null;
      const url = await serve((_, response) => {
        stall ??= new Promise((resolve) => setTimeout(resolve, 300));
        void stall.then(() => response.end('ok'));
      });

      const { latencyUs } = await runOpenLoop({ ...load(url, 40), connectionsMax });

      // The stall ends after 310 ms at the earliest: the 15 requests due up to 150 ms wait 150 ms
      // and more. A generator that waits with the server sees one.
      const waits = latencyUs.get('ok')!;
      assert.equal(waits.totalCount, 40);
      assertMs(waits.getValueAtPercentile(64), { min: 150 });
      assertMs(waits.maxValue, { min: 295 });
      // Those due after it are answered at once.
      assertMs(waits.minNonZeroValue, { max: 150 });
    });
  }

  it('does not count as goodput what is answered when the load has ended', async () => {
    const held: ServerResponse[] = [];
    const url = await serve((_, response) => {
      if (held.push(response) < 20) return;
      setTimeout(() => held.forEach((each) => each.end('ok')), 100);
    });

    const { answered, answeredInside } = await runOpenLoop(load(url, 20));

    assert.deepEqual([answered, answeredInside], [20, 0]);
  });

  it('measures how late it is itself, and counts that as waiting', async () => {
    const url = await serve((_, response) => response.end('ok'));
    let draws = 0;
    const blockingOnce = (): number => {
      // Busy from about 20 ms to 100 ms: what was due at 30 ms is sent 70 ms late.
      const untilMs = performance.now() + (++draws === 3 ? 80 : 0);
      while (performance.now() < untilMs);
      return evenly();
    };

    const { latenessUs, latencyUs } = await runOpenLoop({ ...load(url, 40), draw: blockingOnce });

    assert.equal(latenessUs.totalCount, 40);
    assertMs(latenessUs.maxValue, { min: 65 });
    assertMs(latenessUs.minNonZeroValue, { max: 20 });
    // Five were due while it was busy, 70 to 30 ms before its end; their callers waited.
    const waits = latencyUs.get('ok')!;
    assertMs(waits.getValueAtPercentile(88), { min: 29 });
  });

  it('counts failures by their kind, and no latency for them', async () => {
    const answers: Readonly<Record<string, Answerer>> = {
      ok: (_, response) => response.end('ok'),
      busy: (_, response) => response.writeHead(503, { 'content-length': 4 }).end('busy'),
      reset: (request) => request.socket.destroy(),
      half: (_, response) => {
        response.writeHead(200, { 'content-length': 100 });
        response.write('half', () => response.destroy());
      },
      never: () => {},
    };
    const url = await serve((request, response) => {
      let kind = '';
      request.on('data', (chunk: Buffer) => (kind += chunk.toString()));
      request.on('end', () => answers[kind]!(request, response));
    });
    const bodies = ['ok', 'busy', 'busy', 'reset', 'half', 'never'].map((kind) =>
      Buffer.from(kind),
    );

    const result = await runOpenLoop({ ...load(url, 6), bodies, timeoutMs: 500 });

    assert.deepEqual([result.sent, result.answered], [6, 1]);
    assert.deepEqual(result.failures, { '503': 2, ECONNRESET: 1, 'cut off': 1, timeout: 1 });
    assert.deepEqual([...result.latencyUs.keys()], ['ok']);
    assert.equal(result.latencyUs.get('ok')!.totalCount, 1);
  });

  it('sends the warm-up without counting it, and keeps groups of answers apart', async () => {
    let asked = 0;
    const url = await serve((_, response) =>
      response.end(asked++ % 2 === 0 ? 'student' : 'teacher'),
    );
    const options = { ...load(url, 10), warmUpSeconds: 0.105, connectionsMax: 1, seconds: 0.1 };

    const { sent, answered, latencyUs, seconds } = await runOpenLoop(options);

    assert.deepEqual([asked, sent, answered, seconds], [20, 10, 10, 0.1]);
    const counts = [...latencyUs].map(([group, { totalCount }]) => [group, totalCount]);
    assert.deepEqual(counts.sort(), [
      ['student', 5],
      ['teacher', 5],
    ]);
  });
});
