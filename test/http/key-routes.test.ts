import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import request from 'supertest';
import { openHttpGateway } from '../support/http-gateway.js';
import { ringOf } from '../support/key-ring.js';

const access = ringOf({ shop: { usdPerHour: 2, tasks: ['squares'] }, chief: {} });
const keyed = await openHttpGateway({}, { access, keySpentUsd: (key) => key.length / 8 });
const open = await openHttpGateway();

describe('GET /v1/keys/self', () => {
  it('tells a key what it may do, may spend and has spent', async () => {
    const selfOf = async (key: string): Promise<unknown> =>
      (await request(keyed.server).get('/v1/keys/self').set('x-api-key', key)).body;
    const scopes = ['predict', 'override', 'read', 'operate'];

    assert.deepEqual(await selfOf('shop'), {
      ...{ name: 'shop', scopes, tasks: ['squares'] },
      budget: { unit: 'usd', perHour: 2, spentLastHour: 0.5 },
    });
    assert.deepEqual(await selfOf('chief'), { name: 'chief', scopes, tasks: null, budget: null });
  });

  it('is not there in a gateway without keys', async () => {
    assert.equal((await request(open.server).get('/v1/keys/self')).status, 404);
  });
});
