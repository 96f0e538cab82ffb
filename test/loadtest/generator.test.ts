import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, describe, it } from 'node:test';
import { startGenerator } from '../../loadtest/generator.js';
import { startRawServer } from '../support/raw-server.js';

describe('the load generator of another process', () => {
  const generator = startGenerator();
  after(() => generator.stop());
  const bodies = [Buffer.from('{"input":1}')];

  it('gives back what an open loop measured, groups and refusals apart', async () => {
    let asked = 0;
    const server = createServer((_, response) => {
      const isRefused = ++asked % 3 === 0;
      const text = isRefused ? '{}' : `{"route":"${asked % 3 === 1 ? 'student' : 'teacher'}"}`;
      response.writeHead(isRefused ? 503 : 200, { 'content-length': text.length }).end(text);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    after(() => server.close());
    const { port } = server.address() as AddressInfo;

    const result = await generator.openLoop({
      url: `http://127.0.0.1:${port}/`,
      bodies,
      ratePerSecond: 200,
      warmUpSeconds: 0,
      seconds: 0.5,
      timeoutMs: 1_000,
      connectionsMax: 8,
      pacing: 'sparing',
      keepSamples: true,
      seed: 1,
      groupField: 'route',
    });

    assert.deepEqual([...result.latencyUs.keys()].sort(), ['student', 'teacher']);
    assert.equal(result.refusedUs.get('503')!.totalCount, result.failures['503']);
    assert.equal(result.answered + result.failures['503']!, result.sent);
    assert.equal(result.latenessUs.totalCount, result.sent);
    assert.equal(result.samples.length, result.answered);
    const nowMs = performance.timeOrigin + performance.now();
    for (const { dueAtMs, latencyMs } of result.samples)
      assert.ok(dueAtMs + latencyMs <= nowMs && dueAtMs > nowMs - 60_000 && latencyMs > 0);
  });

  it('gives back what a closed loop measured', async () => {
    const server = await startRawServer((socket) =>
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'),
    );

    const result = await generator.saturate({
      url: server.url,
      bodies,
      connections: 2,
      warmUpSeconds: 0,
      seconds: 0.2,
      timeoutMs: 1_000,
    });

    assert.ok(result.answered > 10);
    assert.equal(result.roundTripUs.totalCount, result.answered);
  });

  it('says why a job can not be done', async () => {
    const job = { url: 'nowhere', bodies, connections: 1, warmUpSeconds: 0 };

    await assert.rejects(
      generator.saturate({ ...job, seconds: 1, timeoutMs: 1_000 }),
      /The load generator: TypeError.*Invalid URL/,
    );
  });
});
