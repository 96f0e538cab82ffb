import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe, it } from 'node:test';
import { readSamples } from '../../src/demo/read-samples.js';

/** A gateway that gives three of seven samples a page. */
async function servePages(): Promise<string> {
  const all = Array.from({ length: 7 }, (_, k) => ({ input: `in${k}`, label: `l${k}` }));
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://localhost');
    if (pathname !== '/v1/tasks/toy/samples') return void response.writeHead(404).end();
    const offset = Number(searchParams.get('offset'));
    response.end(JSON.stringify({ total: 7, samples: all.slice(offset, offset + 3) }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('the samples of a task', () => {
  it('are read page by page, in order', async () => {
    const url = await servePages();

    const rows = await readSamples(url, 'toy');

    assert.equal(rows.map(({ input }) => input).join(), 'in0,in1,in2,in3,in4,in5,in6');
    assert.deepEqual(rows[6], { input: 'in6', label: 'l6' });
  });

  it('can not be read of a task that the gateway does not know', async () => {
    const url = await servePages();

    await assert.rejects(readSamples(url, 'other'), /\/other\/samples\S* answered 404\.$/);
  });
});
