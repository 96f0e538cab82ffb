import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import request from 'supertest';
import type { ProblemJson } from '../../src/http/api-types.js';
import type { RowsRequest } from '../../src/task/task-service.js';
import { openHttpGateway } from '../support/http-gateway.js';

const asked: RowsRequest[] = [];
const { server } = await openHttpGateway({
  rows: async (wanted) => {
    asked.push(wanted);
    return { rows: [], nextBefore: null };
  },
});
const path = '/v1/tasks/squares/rows';

describe('GET .../rows', () => {
  it('asks for the newest rows of every kind by itself', async () => {
    const response = await request(server).get(path);

    assert.deepEqual(response.body, { rows: [], nextBefore: null });
    assert.deepEqual(asked.at(-1), {
      ...{ rowsMax: 50, before: null, source: null, route: null, isHoldout: null, isAgreed: null },
      ...{ teacherLabel: null, client: null, subject: null },
      ...{ fromMs: 0, toMs: Number.MAX_SAFE_INTEGER },
    });
  });

  it('passes on what is asked for', async () => {
    const wanted = {
      ...{ limit: '200', before: '17', source: 'import', route: 'cache', isHoldout: 'false' },
      ...{ isAgreed: 'true', teacherLabel: 'dark', client: 'shop/::1', subject: 'ann é' },
      ...{ fromMs: '1', toMs: '2' },
    };
    await request(server).get(path).query(wanted);

    assert.deepEqual(asked.at(-1), {
      ...{ rowsMax: 200, before: 17, source: 'import', route: 'cache', isHoldout: false },
      ...{ isAgreed: true, teacherLabel: 'dark', client: 'shop/::1', subject: 'ann é' },
      ...{ fromMs: 1, toMs: 2 },
    });
  });

  const refusals: Readonly<Record<string, string>> = {
    'limit=0': 'limit',
    'limit=201': 'limit',
    'before=0': 'before',
    'before=': 'before',
    'source=other': 'source',
    'route=auto': 'route',
    'isHoldout=1': 'isHoldout',
    'isAgreed=': 'isAgreed',
    'teacherLabel=purple': 'teacherLabel',
    'client=': 'client',
    'client=a&client=b': 'client',
    'subject=%00': 'subject',
    'fromMs=-1': 'fromMs',
    'toMs=tomorrow': 'toMs',
    'holdout=true': 'holdout',
    '__proto__=1': '__proto__',
  };
  for (const [query, field] of Object.entries(refusals))
    it(`refuses ${query}, naming the field`, async () => {
      const before = asked.length;
      const response = await request(server).get(`${path}?${query}`);

      assert.equal(response.status, 400);
      assert.equal((response.body as ProblemJson).details!['field'], field);
      assert.equal(asked.length, before);
    });
});
