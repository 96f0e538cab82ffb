import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, describe, it } from 'node:test';
import { sendInputs } from '../../src/replay/send-inputs.js';

/** Answers each request as `respond` says, when it says. */
async function serve(
  respond: (input: string, response: ServerResponse) => void,
): Promise<{ url: string; bodies: unknown[]; headers: IncomingMessage['headers'][] }> {
  const bodies: unknown[] = [];
  const headers: IncomingMessage['headers'][] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      headers.push(request.headers);
      bodies.push(JSON.parse(body));
      respond((JSON.parse(body) as { input: string }).input, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/predict`, bodies, headers };
}
const answerWith = (label: string, response: ServerResponse): unknown =>
  response.end(JSON.stringify({ label }));
const onAnswer = (): void => {};

describe('sending inputs', () => {
  it('gives one answer an input, in their order, though they come in another', async () => {
    const waiting: (() => void)[] = [];
    const { url } = await serve((input, response) => {
      waiting.push(() => void answerWith(`label of ${input}`, response));
      // Three at a time, the last one first.
      if (waiting.length === 3) for (const send of waiting.splice(0).reverse()) send();
    });
    const inputs = Array.from({ length: 12 }, (_, k) => `input ${k}`);
    const done: number[] = [];

    const answers = await sendInputs({
      url,
      inputs,
      concurrency: 3,
      onAnswer: (count) => done.push(count),
    });

    assert.deepEqual(
      answers.map(({ answer }) => answer.label),
      inputs.map((input) => `label of ${input}`),
    );
    assert.ok(answers.every(({ waitedMs }) => waitedMs > 0));
    assert.deepEqual(done, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it('has no more requests in flight than it was told', async () => {
    let inFlight = 0;
    let most = 0;
    const { url } = await serve((input, response) => {
      most = Math.max(most, ++inFlight);
      setImmediate(() => {
        inFlight--;
        answerWith(input, response);
      });
    });

    await sendInputs({ url, inputs: new Array<string>(40).fill('x'), concurrency: 4, onAnswer });

    assert.ok(most > 1 && most <= 4, `${most} at once`);
  });

  it('asks again where an idle connection is closed as it is used again', async () => {
    const served = new Set<unknown>();
    const { url, bodies } = await serve((input, response) => {
      if (served.has(response.socket)) return void response.socket!.resetAndDestroy();
      served.add(response.socket);
      answerWith(input, response);
    });

    const answers = await sendInputs({ url, inputs: ['a', 'b'], concurrency: 1, onAnswer });

    assert.deepEqual(
      answers.map(({ answer }) => answer.label),
      ['a', 'b'],
    );
    assert.deepEqual(bodies, [{ input: 'a' }, { input: 'b' }, { input: 'b' }]);
    const never = await serve((_input, response) => response.socket!.resetAndDestroy());
    const options = { url: never.url, inputs: ['a'], concurrency: 1, onAnswer };
    await assert.rejects(sendInputs(options), /ECONNRESET/);
  });

  it('sends each input as the JSON body of one prediction', async () => {
    const { url, bodies, headers } = await serve(answerWith);

    await sendInputs({ url, inputs: ['Zürich', 'b'], concurrency: 1, onAnswer });

    assert.deepEqual(bodies, [{ input: 'Zürich' }, { input: 'b' }]);
    assert.equal(headers[0]!['content-type'], 'application/json');
  });

  it('fails with the gateway’s own words when it refuses', async () => {
    const { url } = await serve((_, response) => {
      response.statusCode = 400;
      response.end(JSON.stringify({ detail: 'input must be an image.' }));
    });

    await assert.rejects(sendInputs({ url, inputs: ['a'], concurrency: 1, onAnswer }), {
      message: 'The gateway refused (400): input must be an image.',
    });
  });

  it('asks a busy gateway again when it says so', async () => {
    let asked = 0;
    const busy = (response: ServerResponse, seconds: string): void => {
      response.writeHead(503, { 'retry-after': seconds });
      response.end(JSON.stringify({ detail: 'The queue is full.' }));
    };
    const { url } = await serve((input, response) => {
      if (++asked < 3) busy(response, '0.01');
      else answerWith(input, response);
    });
    const [answer] = await sendInputs({ url, inputs: ['a'], concurrency: 1, onAnswer });
    assert.deepEqual([answer!.answer.label, asked], ['a', 3]);

    const { url: closed } = await serve((_, response) => {
      response.statusCode = 503;
      response.end(JSON.stringify({ detail: 'The gateway stops.' }));
    });
    const asks = sendInputs({ url: closed, inputs: ['a'], concurrency: 1, onAnswer });
    await assert.rejects(asks, { message: 'The gateway refused (503): The gateway stops.' });
  });

  it('fails clearly, and does not end the process, on a reply that is no JSON', async () => {
    const { url } = await serve((input, response) => {
      response.statusCode = input === 'proxy' ? 502 : 200;
      response.end('<html>Bad gateway</html>');
    });
    const ask = (input: string) => sendInputs({ url, inputs: [input], concurrency: 1, onAnswer });

    await assert.rejects(ask('proxy'), {
      message: 'The gateway refused (502): <html>Bad gateway</html>',
    });
    await assert.rejects(ask('odd'), SyntaxError);
  });

  it('fails when nobody listens, or the connection is cut', async () => {
    const { url } = await serve((_, response) => response.destroy());

    for (const to of ['http://127.0.0.1:1/predict', url])
      await assert.rejects(sendInputs({ url: to, inputs: ['a', 'b'], concurrency: 2, onAnswer }), {
        code: /ECONNREFUSED|ECONNRESET/,
      });
  });
});
