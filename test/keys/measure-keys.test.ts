import assert from 'node:assert/strict';
import { after, it } from 'node:test';
import { measureKeys } from '../../src/keys/measure-keys.js';
import { createMetrics } from '../../src/telemetry/metrics.js';
import { apiKeyOf, ringOf } from '../support/key-ring.js';

it('shows what limited keys may spend and have spent, as long as they are there', async () => {
  const metrics = createMetrics();
  after(() => metrics.close());
  const ring = ringOf({ shop: { usdPerHour: 2 }, gone: { usdPerHour: 1 }, free: {} });
  const spent: Record<string, number> = { shop: 0.5, gone: 1 };
  measureKeys(metrics, { ring, budgets: { spentUsd: (key) => spent[key]! } });
  const shown = async (): Promise<string[]> =>
    (await metrics.text()).split('\n').filter((line) => line.startsWith('understudy_key_'));

  assert.deepEqual(await shown(), [
    'understudy_key_budget_usd{key="shop"} 2',
    'understudy_key_budget_usd{key="gone"} 1',
    'understudy_key_spent_usd{key="shop"} 0.5',
    'understudy_key_spent_usd{key="gone"} 1',
  ]);
  ring.replace([apiKeyOf('shop', { usdPerHour: 3 })]);
  spent['shop'] = 0.75;
  assert.deepEqual(await shown(), [
    'understudy_key_budget_usd{key="shop"} 3',
    'understudy_key_spent_usd{key="shop"} 0.75',
  ]);
});
