import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import request from 'supertest';
import type { ProblemJson } from '../../src/http/api-types.js';
import { openHttpGateway } from '../support/http-gateway.js';

const limits: number[] = [];
const gateway = await openHttpGateway({
  timeline(limit) {
    limits.push(limit);
    return { events: [{ atMs: 1, kind: 'run-started', text: 'Run 1.', details: { run: '1' } }] };
  },
});
const http = request(gateway.server);
const path = '/v1/tasks/squares/timeline';

describe('the route of the timeline', () => {
  it('answers with what happened: a hundred events, or as many as are asked for', async () => {
    const response = await http.get(path);
    await http.get(`${path}?limit=1000`);

    assert.equal(response.status, 200);
    assert.deepEqual(response.body, {
      events: [{ atMs: 1, kind: 'run-started', text: 'Run 1.', details: { run: '1' } }],
    });
    assert.deepEqual(limits, [100, 1000]);
  });

  for (const limit of ['0', '1001', '1.5', 'all', ''])
    it(`refuses the limit "${limit}"`, async () => {
      const response = await http.get(`${path}?limit=${limit}`);

      assert.equal(response.status, 400);
      assert.equal((response.body as ProblemJson).details?.['field'], 'limit');
    });
});
