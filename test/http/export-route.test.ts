import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openHttpGateway } from '../support/http-gateway.js';

let goOn = (): void => {};
const gateway = await openHttpGateway({
  exportRows: async function* () {
    yield Buffer.from('{"id":"a"}\n');
    await new Promise<void>((resolve) => (goOn = resolve));
    yield Buffer.from('{"id":"b"}\n');
  },
});
const openExport = (): Promise<Response> =>
  fetch(`${gateway.url}/v1/tasks/squares/export?format=jsonl`);

describe('GET .../export', () => {
  it('sends the pieces as they come, and is forgotten at their end', async () => {
    const response = await openExport();
    goOn();

    assert.equal(await response.text(), '{"id":"a"}\n{"id":"b"}\n');
    assert.equal(gateway.streams.size, 0);
  });

  it('is cut off by a drain: half a file must not pass for a whole one', async () => {
    const response = await openExport();
    const reading = response.text();

    for (const stream of gateway.streams) stream.end();
    goOn();

    await assert.rejects(reading, TypeError);
    assert.equal(gateway.streams.size, 0);
  });
});
