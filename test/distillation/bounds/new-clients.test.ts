import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { newClientsOf } from '../../../src/distillation/bounds/new-clients.js';

const options = { waitMs: 100, nowMs: 1000, trusted: new Set<string>() };
const clientsAt = (firsts: Readonly<Record<string, number>>) =>
  Object.entries(firsts).map(([client, firstMs]) => ({
    ...{ client, firstMs, rows: 1, holdoutRows: 1 },
  }));
const newOnes = (firsts: Readonly<Record<string, number>>, changes: Partial<typeof options> = {}) =>
  [...newClientsOf(clientsAt(firsts), { ...options, ...changes })].sort();

describe('new clients', () => {
  it('are those that the log has not known for so long', () => {
    const firsts = { old: 1, before: 900, since: 901, now: 1000 };

    assert.deepEqual(newOnes(firsts), ['now', 'since']);
  });

  it('are nobody at a cold start', () => {
    const firsts = { first: 850, second: 949, third: 950, late: 951 };

    assert.deepEqual(newOnes(firsts), ['late']);
    assert.deepEqual(newOnes({ only: 999 }), []);
    assert.deepEqual(newOnes({}), []);
  });

  it('are nobody that the operator trusts, by name or by key', () => {
    const firsts = { old: 1, app: 990, 'key/user': 990, 'other/user': 990 };

    assert.deepEqual(newOnes(firsts, { trusted: new Set(['app', 'key']) }), ['other/user']);
  });

  it('are nobody where no client has to wait', () => {
    assert.deepEqual(newOnes({ old: 1, now: 1000 }, { waitMs: 0 }), []);
  });
});
