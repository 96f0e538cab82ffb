import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe, it } from 'node:test';
import { remoteTask } from '../../src/cli/task-control.js';
import { ConflictError, DistillationFailedError } from '../../src/errors.js';
import { runJson } from '../support/api-values.js';

const remote = { name: 'squares', incomingDir: 'nowhere', apiKey: null };

/** Stands in for a gateway. @returns where it listens, and how to end it at once. */
async function listen(answer: RequestListener) {
  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = (): void => {
    server.closeAllConnections();
    server.close();
  };
  after(stop);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop };
}

describe('a command that asks a running gateway', () => {
  it('says that the gateway ended, and what to do, when it dies during a run', async () => {
    const running = runJson({ state: 'running', id: 'r1' });
    const gateway = await listen((request, response) => {
      if (request.method === 'POST') return void response.end(JSON.stringify(running));
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: ${JSON.stringify(running)}\n\n`);
    });
    const seen: string[] = [];

    const run = remoteTask(gateway.url, remote).distil(({ id }) => {
      seen.push(id);
      gateway.stop();
    });

    await assert.rejects(run, (error) => {
      assert.ok(error instanceof DistillationFailedError, String(error));
      assert.match(
        error.message,
        /^The gateway at http:\/\/127\.0\.0\.1:\d+ has ended, and the run/,
      );
      assert.match(error.message, /Start the gateway again, then distil once more\.$/);
      return true;
    });
    assert.deepEqual(seen, ['r1']);
  });

  it('says that the gateway ended when nobody listens there any more', async () => {
    const gateway = await listen(() => {});
    gateway.stop();

    await assert.rejects(remoteTask(gateway.url, remote).students(), (error) => {
      assert.ok(error instanceof ConflictError, String(error));
      assert.match(error.message, /does not answer any more: it has ended\. Start it again; or/);
      return true;
    });
  });
});
