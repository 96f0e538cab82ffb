import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import request from 'supertest';
import type { ProblemJson } from '../../src/http/api-types.js';
import { openHttpGateway } from '../support/http-gateway.js';

const { server } = await openHttpGateway({}); // No change may come through to the task.
const path = '/v1/tasks/squares/policy';

describe('a change of the policy', () => {
  for (const [field, patch] of [
    ['riskMax', { riskMax: 0 }],
    ['riskMax', { riskMax: 1e-300 }],
    ['riskMax', { riskMax: '5 %' }],
    ['delta', { delta: 5e-324 }],
    ['delta', { delta: 0.6 }],
    ['holdoutRate', { holdoutRate: 1.1 }],
    ['exploreRate', { exploreRate: null }],
    ['coldHoldoutRate', { coldHoldoutRate: 0.5 }],
    ['(body)', []],
  ] as const) {
    it(`is refused:  ${JSON.stringify(patch)}`, async () => {
      const response = await request(server).patch(path).send(patch);

      assert.equal(response.status, 400);
      assert.equal((response.body as ProblemJson).details?.['field'], field);
    });
  }

  for (const [patch, details] of [
    [{ riskMax: 0 }, { field: 'riskMax', expected: 'a number from 0.001 to below 1', got: '0' }],
    [{ delta: '5 %' }, { field: 'delta', expected: 'a number from 0.001 to 0.5', got: '"5 %"' }],
    [
      { exploreRate: null },
      { field: 'exploreRate', expected: 'a number from 0 to 1', got: 'null' },
    ],
    [
      { mode: 'cheap' },
      {
        field: 'mode',
        expected: 'one of risk, budget, student, teacher, shadow',
        got: '"cheap"',
      },
    ],
    [
      { teacherBudget: { callsPerHour: 1, usdPerHour: 1 } },
      {
        field: 'teacherBudget',
        expected:
          'null, or {"callsPerHour": a whole number from 1}, or {"usdPerHour": a number above 0}',
        got: 'an object',
      },
    ],
    [
      { foo: 1 },
      {
        field: 'foo',
        expected:
          'one of mode, teacherBudget, riskMax, delta, labels, holdoutRate, exploreRate, reaskRate',
        got: 'an unknown field',
      },
    ],
  ] as const) {
    it(`is told what is expected instead of ${JSON.stringify(patch)}`, async () => {
      const response = await request(server).patch(path).send(patch);

      const { detail, details: told } = response.body as ProblemJson;
      const { field, expected, got } = details;
      assert.deepEqual(told, details);
      assert.equal(detail, `${field} must be ${expected}, got ${got}.`);
    });
  }
});
