import type { Metrics } from '../telemetry/metrics.js';
import type { KeyBudgets } from './key-budgets.js';
import type { KeyRing } from './key-ring.js';

/**
 * Shows what keys may spend, and have spent, whenever metrics are read: of each key with a limit,
 * as long as it is there.
 */
export function measureKeys(
  metrics: Pick<Metrics, 'beforeScrape' | 'set'>,
  { ring, budgets }: { ring: Pick<KeyRing, 'all'>; budgets: Pick<KeyBudgets, 'spentUsd'> },
): void {
  let shown: readonly string[] = [];
  metrics.beforeScrape(() => {
    const limited = ring.all().filter(({ usdPerHour }) => usdPerHour !== null);
    for (const { name, usdPerHour } of limited) {
      metrics.set('keyBudget', { key: name }, usdPerHour);
      metrics.set('keySpent', { key: name }, budgets.spentUsd(name));
    }
    const names = limited.map(({ name }) => name);
    for (const key of shown.filter((name) => !names.includes(name)))
      for (const gauge of ['keyBudget', 'keySpent'] as const) metrics.set(gauge, { key }, null);
    shown = names;
  });
}
