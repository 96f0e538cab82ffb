import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import request from 'supertest';
import type { ProblemJson } from '../../src/http/api-types.js';
import type { FeedbackRequest } from '../../src/task/task-service.js';
import { openHttpGateway } from '../support/http-gateway.js';
import { ringOf } from '../support/key-ring.js';

const taken: FeedbackRequest[] = [];
const shown: number[] = [];
const methods = {
  feedback: async (given: FeedbackRequest) => {
    taken.push(given);
    return { id: given.id, label: given.label, replaced: null };
  },
  review: async (rowsMax: number) => {
    shown.push(rowsMax);
    return { rows: [] };
  },
};
const open = await openHttpGateway(methods);
const access = ringOf({ shop: { scopes: ['predict'] }, chief: {} });
const keyed = await openHttpGateway(methods, { access });
const base = '/v1/tasks/squares';

describe('POST .../feedback', () => {
  it('passes on what is said and by whom', async () => {
    const body = { id: 'row-1', label: 'dark' };
    const response = await request(open.server)
      .post(`${base}/feedback`)
      .set('x-client-id', 'ann')
      .send(body);

    assert.equal(response.status, 200);
    assert.deepEqual(response.body, { ...body, replaced: null });
    assert.deepEqual(taken.at(-1), { ...body, isReview: false, client: 'ann', ofKey: null });
  });

  it('keeps a key that may not operate to the answers of its own', async () => {
    const said = { id: 'row-1', label: 'dark' };
    for (const key of ['shop', 'chief'])
      await request(keyed.server).post(`${base}/feedback`).set('x-api-key', key).send(said);

    assert.deepEqual(
      taken.slice(-2).map(({ client, ofKey }) => [client, ofKey]),
      [
        ['shop', 'shop'],
        ['chief', null],
      ],
    );
  });

  const refusals: Readonly<Record<string, readonly [body: object, field: string]>> = {
    'no id': [{ label: 'dark' }, 'id'],
    'no label': [{ id: 'row-1' }, 'label'],
    'an id that is no text': [{ id: 7, label: 'dark' }, 'id'],
    'an endless id': [{ id: 'x'.repeat(201), label: 'dark' }, 'id'],
    'an id with NUL': [{ id: 'a\0', label: 'dark' }, 'id'],
    'an empty label': [{ id: 'row-1', label: '' }, 'label'],
    'another field': [{ id: 'row-1', label: 'dark', weight: 2 }, 'weight'],
    'a list': [[], '(body)'],
  };
  for (const [what, [body, field]] of Object.entries(refusals))
    it(`refuses ${what}, naming the field`, async () => {
      const before = taken.length;
      const response = await request(open.server).post(`${base}/feedback`).send(body);

      assert.equal(response.status, 400);
      assert.equal((response.body as ProblemJson).details!['field'], field);
      assert.equal(taken.length, before);
    });
});

describe('.../review', () => {
  it('shows as many rows as are asked for, 20 by itself', async () => {
    await request(open.server).get(`${base}/review`);
    await request(open.server).get(`${base}/review?limit=200`);
    const tooMany = await request(open.server).get(`${base}/review?limit=201`);

    assert.deepEqual(shown, [20, 200]);
    assert.equal(tooMany.status, 400);
  });

  it('takes a label as that of a reviewer', async () => {
    await request(open.server).post(`${base}/review`).send({ id: 'row-1', label: 'dark' });

    assert.equal(taken.at(-1)!.isReview, true);
  });
});
