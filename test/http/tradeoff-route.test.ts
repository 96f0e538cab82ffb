import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import request from 'supertest';
import type { TradeoffJson } from '../../src/http/api-types-tradeoff.js';
import { openHttpGateway } from '../support/http-gateway.js';

const tradeoff = { student: null, missing: 'There is no student yet.' } as TradeoffJson;
const gateway = await openHttpGateway({ tradeoff: () => tradeoff });

describe('the route of the tradeoff', () => {
  it('answers with the curve of the task', async () => {
    const response = await request(gateway.server).get('/v1/tasks/squares/tradeoff');

    assert.equal(response.status, 200);
    assert.deepEqual(response.body, tradeoff);
  });

  it('takes no other method', async () => {
    const response = await request(gateway.server).post('/v1/tasks/squares/tradeoff');

    assert.equal(response.status, 405);
  });
});
