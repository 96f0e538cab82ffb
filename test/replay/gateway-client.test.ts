import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe, it } from 'node:test';
import { createGatewayClient } from '../../src/replay/gateway-client.js';

/** Breaks the first connections, and then has nothing to tell. */
async function openBreaking(times: number): Promise<{ url: string; asked: () => number }> {
  let asked = 0;
  const server = createServer((request, response) => {
    if (asked++ < times) return void request.socket.destroy();
    response.end(JSON.stringify({ events: [] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked: () => asked };
}

describe('what a replay asks a gateway', () => {
  it('is asked again where a connection breaks', async () => {
    const { url, asked } = await openBreaking(2);

    assert.deepEqual(await createGatewayClient(url, 'squares').events(), []);
    assert.equal(asked(), 3);
  });

  it('fails where it breaks each time', async () => {
    const { url, asked } = await openBreaking(Infinity);

    await assert.rejects(createGatewayClient(url, 'squares').events(), /fetch failed/);
    assert.equal(asked(), 4);
  });
});
