import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { createOipServer } from '../../../src/demo/reviews/oip-server.js';

/** Thinks that long texts are positive: the share of 10 characters that a text has. */
async function judge(texts: readonly string[]) {
  if (texts.includes('broken')) throw new Error('The model is broken.');
  return texts.map(({ length }) => [1 - length / 10, length / 10] as const);
}
const server = createOipServer({ name: 'lengths', classCount: 2, judge });
let url = '';

before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => server.close());

const ask = async (path: string, body?: string) => {
  const response = await fetch(url + path, body === undefined ? {} : { method: 'POST', body });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const textsOf = (data: readonly unknown[], changes: object = {}) =>
  JSON.stringify({
    inputs: [{ name: 'text', datatype: 'BYTES', shape: [data.length], data }],
    ...changes,
  });
const infer = (body: string) => ask('/v2/models/lengths/infer', body);

describe('the model server of the demo', () => {
  it('says that it lives and is ready, and what its model takes and gives', async () => {
    const [server, live, ready, modelReady, model] = await Promise.all(
      ['', '/health/live', '/health/ready', '/models/lengths/ready', '/models/lengths'].map(
        (path) => ask(`/v2${path}`),
      ),
    );

    assert.deepEqual(server!.body['extensions'], []);
    assert.deepEqual(live, { status: 200, body: { live: true } });
    assert.deepEqual(ready, { status: 200, body: { ready: true } });
    assert.deepEqual(modelReady, { status: 200, body: { name: 'lengths', ready: true } });
    assert.deepEqual(model!.body['inputs'], [{ name: 'text', datatype: 'BYTES', shape: [-1] }]);
    assert.deepEqual(model!.body['outputs'], [
      { name: 'probabilities', datatype: 'FP64', shape: [-1, 2] },
    ]);
  });

  it('answers rows in order, and says the id again', async () => {
    const answer = await infer(textsOf(['abc', 'abcde'], { id: 'mine' }));

    assert.deepEqual(answer, {
      status: 200,
      body: {
        model_name: 'lengths',
        id: 'mine',
        outputs: [
          { name: 'probabilities', datatype: 'FP64', shape: [2, 2], data: [0.7, 0.3, 0.5, 0.5] },
        ],
      },
    });
  });

  it('refuses what is no request, and says why', async () => {
    const inputs = [{ name: 'text', datatype: 'BYTES', shape: [2], data: ['a'] }];
    const refused = await Promise.all(
      [
        '{',
        '{}',
        textsOf([]),
        textsOf(['']),
        textsOf([1]),
        textsOf(Array.from({ length: 257 }, () => 'a')),
        JSON.stringify({ inputs }),
      ].map(infer),
    );

    assert.deepEqual(
      refused.map(({ status }) => status),
      [400, 400, 400, 400, 400, 400, 400],
    );
    assert.equal(refused.at(-1)!.body['error'], 'The shape says 2 rows, and there are 1.');
  });

  it('refuses a body that is too long, and paths that it does not have', async () => {
    const tooLong = await infer(textsOf(['a'.repeat(1_048_576)]));
    const unknown = await ask('/v2/models/other/infer', textsOf(['a']));

    assert.equal(tooLong.status, 413);
    assert.deepEqual(unknown, {
      status: 404,
      body: { error: 'There is no POST /v2/models/other/infer here.' },
    });
  });

  it('says that its model has failed', async () => {
    const answer = await infer(textsOf(['broken']));

    assert.deepEqual(answer, { status: 500, body: { error: 'Error: The model is broken.' } });
  });
});
