import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createHeadReader, readPredictHead } from '../../src/http/predict-head.js';

const first = 'POST /v1/tasks/digits/predict HTTP/1.1';
const needed = ['host: x', 'content-type: application/json', 'content-length: 12'];
const noKey = { authorization: null, apiKey: null };
const headOf = (...lines: readonly string[]): string => lines.join('\r\n');
const plain = { task: 'digits', bodyBytes: 12, clientId: null, ...noKey };

describe('the head of a prediction', () => {
  for (const [what, head, expected] of [
    ['with what is needed', headOf(first, ...needed), plain],
    [
      'with names in capitals',
      headOf(first, 'HOST: x', 'Content-Type: application/json', 'Content-Length: 12'),
      plain,
    ],
    [
      'with what clients add',
      headOf(first, 'User-Agent: curl/8.5.0', 'Accept: */*', ...needed, 'Connection: Keep-Alive'),
      plain,
    ],
    [
      'with a charset',
      headOf(first, needed[0]!, 'content-type: application/json; charset=utf-8', needed[2]!),
      plain,
    ],
    [
      'that says who asks',
      headOf(first, ...needed, 'x-client-id: team a'),
      { ...plain, clientId: 'team a' },
    ],
    [
      'with keys',
      headOf(first, ...needed, 'Authorization: Bearer abc', 'X-API-Key: d e'),
      { ...plain, authorization: 'Bearer abc', apiKey: 'd e' },
    ],
    [
      'for a name with points and dashes',
      headOf('POST /v1/tasks/a.b-c_1/predict HTTP/1.1', ...needed),
      { ...plain, task: 'a.b-c_1' },
    ],
  ] as const)
    it(`${what} is plain`, () => {
      assert.deepEqual(readPredictHead(head), expected);
    });

  const without = (name: string): string =>
    headOf(first, ...needed.filter((line) => !line.startsWith(name)));
  for (const [what, head] of [
    ['of another method', headOf('PUT /v1/tasks/digits/predict HTTP/1.1', ...needed)],
    ['of HTTP/1.0', headOf('POST /v1/tasks/digits/predict HTTP/1.0', ...needed)],
    ['with a query', headOf('POST /v1/tasks/digits/predict?a=1 HTTP/1.1', ...needed)],
    ['with an escape in its path', headOf('POST /v1/tasks/d%69gits/predict HTTP/1.1', ...needed)],
    ['of another path', headOf('POST /v1/tasks/digits/promote HTTP/1.1', ...needed)],
    ['without host', without('host')],
    ['without content-type', without('content-type')],
    ['without content-length', without('content-length')],
    ['with two lengths', headOf(first, ...needed, 'content-length: 12')],
    ['with two hosts', headOf(first, ...needed, 'host: x')],
    ['with two client ids', headOf(first, ...needed, 'x-client-id: a', 'X-Client-Id: b')],
    ['with two keys', headOf(first, ...needed, 'x-api-key: a', 'X-API-Key: b')],
    ['with two authorizations', headOf(first, ...needed, 'authorization: a', 'authorization: b')],
    ['with an empty client id', headOf(first, ...needed, 'x-client-id: ')],
    ['with a length of no digits', headOf(first, ...needed.slice(0, 2), 'content-length: +12')],
    ['with a length of 0', headOf(first, ...needed.slice(0, 2), 'content-length: 0')],
    ['with a list of lengths', headOf(first, ...needed.slice(0, 2), 'content-length: 12, 12')],
    ['in chunks', headOf(first, ...needed, 'transfer-encoding: chunked')],
    ['that is compressed', headOf(first, ...needed, 'content-encoding: gzip')],
    ['that waits for a word', headOf(first, ...needed, 'expect: 100-continue')],
    ['that wants another protocol', headOf(first, ...needed, 'upgrade: h2c')],
    ['that closes', headOf(first, ...needed, 'connection: close')],
    ['that names a hop', headOf(first, ...needed, 'connection: keep-alive, x-hop')],
    ['with a space before a colon', headOf(first, ...needed, 'x-a : b')],
    ['with a folded line', headOf(first, ...needed, 'x-a: b', ' c')],
    ['with a bare line feed', headOf(first, ...needed, 'x-a: b\nx-b: c')],
    ['with a bare carriage return', headOf(first, ...needed, 'x-a: b\rx-b: c')],
    ['with a control character', headOf(first, ...needed, 'x-a: b\u0000')],
    ['with a character above ASCII', headOf(first, ...needed, 'x-client-id: \u00e4')],
    ['with an empty line before it', headOf('', first, ...needed)],
  ] as const)
    it(`${what} is not plain`, () => {
      assert.equal(readPredictHead(head), null);
    });

  it('is read again only when it has not been seen, and never taken for another', () => {
    const read = createHeadReader();
    for (let bytes = 1; bytes <= 1500; bytes++) {
      const head = headOf(first, ...needed.slice(0, 2), `content-length: ${bytes}`);
      assert.equal(read(head)?.bodyBytes, bytes);
      assert.equal(read(head), read(head));
    }
    assert.equal(read('GET / HTTP/1.1\r\nhost: x'), null);
  });
});
