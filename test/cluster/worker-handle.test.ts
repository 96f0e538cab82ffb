import assert from 'node:assert/strict';
import cluster from 'node:cluster';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CancelledError } from '../../src/errors.js';
import { forkWorker } from '../../src/cluster/worker-handle.js';

const notImplemented = (): never => {
  throw new Error('not implemented');
};
const handlers = {
  escalate: notImplemented,
  label: notImplemented,
  labellingLost: notImplemented,
  tally: notImplemented,
  metrics() {},
  portClosed: notImplemented,
};

describe('a worker that is killed', () => {
  it('has ended although a connection was being handed to it', { timeout: 20_000 }, async () => {
    const handle = forkWorker(1, handlers);
    await handle.ready;
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    process.kill(handle.pid, 'SIGSTOP'); // It never says that it has got what is handed to it.
    const [worker] = Object.values(cluster.workers ?? {});
    worker!.send({}, server);
    const waiting = assert.rejects(handle.channel.call('metrics', null), CancelledError);

    handle.kill();
    const why = await Promise.race([handle.ended, sleep(5_000, 'nobody knows')]);

    server.close();
    assert.equal(why, 'signal SIGKILL');
    assert.ok(handle.hasGone());
    await waiting;
  });

  it('has ended, and its channel is closed', { timeout: 20_000 }, async () => {
    const handle = forkWorker(2, handlers);
    await handle.ready;

    handle.kill();

    assert.equal(await handle.ended, 'signal SIGKILL');
    await assert.rejects(handle.channel.call('metrics', null), CancelledError);
  });
});
