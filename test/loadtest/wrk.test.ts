import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseWrk, runWrk } from '../../loadtest/wrk.js';
import { startRawServer } from '../support/raw-server.js';
import { skipWithout } from '../support/skip-without.js';

describe('what wrk prints', () => {
  it('is read: throughput, refusals and broken connections', () => {
    const text = [
      'Running 3s test @ http://127.0.0.1:45667/',
      '  64405 requests in 3.00s, 10.32MB read',
      '  Socket errors: connect 1, read 2, write 3, timeout 4',
      '  Non-2xx or 3xx responses: 100',
      'Requests/sec:  21453.44',
      'Transfer/sec:      3.44MB',
    ].join('\n');

    assert.deepEqual(parseWrk(text), { perSecond: 21_453.44, failures: 110 });
  });

  it('has no failures where it names none, and is refused without a throughput', () => {
    assert.deepEqual(parseWrk('Requests/sec:      7.50\n'), { perSecond: 7.5, failures: 0 });
    assert.throws(() => parseWrk('unable to connect'), /no throughput: unable to connect/);
  });
});

describe('wrk', { skip: skipWithout('wrk', 'apt-get install wrk') }, () => {
  it('sends the body by POST', async () => {
    const heard: string[] = [];
    const server = await startRawServer((socket, text) => {
      heard.push(text);
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
    });

    const { perSecond, failures } = await runWrk({
      url: server.url,
      body: '{"input":"abc"}',
      connections: 2,
      seconds: 1,
    });

    assert.ok(perSecond > 10);
    assert.equal(failures, 0);
    assert.match(heard[0]!, /^POST \/ HTTP\/1\.1\r\n[^]*application\/json[^]*\{"input":"abc"\}$/);
  });
});
