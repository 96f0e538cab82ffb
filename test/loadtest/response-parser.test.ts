import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  createResponseParser,
  UnreadableResponseError,
} from '../../loadtest/client/response-parser.js';

/** Pushes chunks; tells what came out, after each. */
function parse(chunks: readonly (string | Buffer)[]) {
  const responses: [number, string, boolean][] = [];
  const parser = createResponseParser(({ status, body, isLast }) =>
    responses.push([status, body.toString('utf8'), isLast]),
  );
  for (const chunk of chunks) parser.push(Buffer.from(chunk as string));
  return { responses, isInside: parser.isInside };
}

const ok = (body: string): string =>
  `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
  `Connection: keep-alive\r\n\r\n${body}`;

describe('the parser of answers', () => {
  it('reads an answer that comes whole', () => {
    assert.deepEqual(parse([ok('hello')]), { responses: [[200, 'hello', false]], isInside: false });
  });

  it('reads answers cut anywhere, also inside a character, byte by byte too', () => {
    const bytes = Buffer.from(ok('grüße') + ok('') + ok('x'.repeat(300)));
    const expected = ['grüße', '', 'x'.repeat(300)].map((body) => [200, body, false]);

    for (let cut = 0; cut <= bytes.length; cut++)
      assert.deepEqual(parse([bytes.subarray(0, cut), bytes.subarray(cut)]).responses, expected);
    const single = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
    assert.deepEqual(parse(single), { responses: expected, isInside: false });
  });

  it('reads several answers of one chunk, and keeps the start of the next', () => {
    const { responses, isInside } = parse([ok('one') + ok('two') + ok('three').slice(0, 30)]);

    assert.deepEqual(responses, [
      [200, 'one', false],
      [200, 'two', false],
    ]);
    assert.equal(isInside, true);
  });

  it('knows that it is inside an answer whose head has come and whose body has not', () => {
    const text = ok('body');

    assert.equal(parse([text.slice(0, -4)]).isInside, true);
    assert.equal(parse([text.slice(0, -1)]).isInside, true);
  });

  it('takes no body after 204 and 304, and skips 100', () => {
    const { responses } = parse([
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n',
      `HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n${ok('after')}`,
    ]);

    assert.deepEqual(responses, [
      [204, '', false],
      [304, '', false],
      [200, 'after', false],
    ]);
  });

  it('knows the last answer of a connection', () => {
    const text = 'HTTP/1.1 503 Busy\r\nconnection: close\r\nCONTENT-LENGTH: 2\r\n\r\nno';

    assert.deepEqual(parse([text]).responses, [[503, 'no', true]]);
  });

  const unreadable: Readonly<Record<string, [string, RegExp]>> = {
    'a chunked body': [
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
      /transfer-encoding: only content-length is read/,
    ],
    'a body that ends with the connection': ['HTTP/1.1 200 OK\r\n\r\nbody', /no content-length/],
    'what is not HTTP/1.1': ['SSH-2.0-OpenSSH_9.2\r\n\r\n', /not HTTP\/1\.1: "SSH-2\.0/],
    'HTTP/1.0': ['HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n', /not HTTP\/1\.1/],
    'a head without end': [`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(70_000)}`, /no end of its head/],
  };
  for (const [what, [text, message]] of Object.entries(unreadable))
    it(`refuses ${what}, and says so`, () => {
      assert.throws(
        () => parse([text]),
        (error) => error instanceof UnreadableResponseError && message.test(error.message),
      );
    });
});
