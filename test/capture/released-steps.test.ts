import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { migrations as postgresSteps } from '../../src/capture/postgres/schema-steps.js';
import { migrations as sqliteSteps } from '../../src/capture/schema-steps.js';

/**
 * The beginning of each step's SHA-256. A database that has taken a step never takes it again: to
 * change one that was released is to have two kinds of databases of the same version. A new step
 * gets a line here with its release.
 */
const released = {
  SQLite: [
    '5e6850a972e6e158',
    '5ab7d43e0c9ab5f9',
    '2cdde2f259946b82',
    '7f0fd7334a31c9bd',
    '5b6f564d8eed7783',
    '6672a2425c6bf91c',
  ],
  PostgreSQL: ['25aebc84c4385314'],
};
const steps = {
  SQLite: sqliteSteps,
  PostgreSQL: postgresSteps.map((step) => step('understudy')),
};

describe('the steps of a schema that were released', () => {
  for (const store of ['SQLite', 'PostgreSQL'] as const)
    it(`are what they were: ${store}`, () => {
      const digests = steps[store].map((step) =>
        createHash('sha256').update(step).digest('hex').slice(0, 16),
      );

      assert.deepEqual(digests, released[store]);
    });
});
