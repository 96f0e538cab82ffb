import type { KeyBudget } from '../task/task-service.js';
import type { Budget, Reservation } from './budget-account.js';

/** Keeps what keys may spend on teachers, over all tasks. */
export interface KeyAccounts {
  /** As `Budget` has it; rowUsd: what a row costs at most. */
  ready(budget: KeyBudget, rows: number, rowUsd: number): Promise<void>;
  reserve(budget: KeyBudget, rows: number, rowUsd: number): Reservation;
}

/**
 * Pays for a request from the budget of its task and from that of its key: a row that one of them
 * has no room for is not asked about, and costs the other one nothing.
 *
 * @param key  rowUsd: what a row costs at most; null: the key has no budget of its own.
 */
export function jointBudget(
  task: Budget,
  key: { accounts: KeyAccounts; budget: KeyBudget; rowUsd: number } | null,
): Budget {
  if (key === null) return task;
  const ofKey = (rows: number, rowUsd = key.rowUsd): Reservation =>
    key.accounts.reserve(key.budget, rows, rowUsd);
  return {
    async ready(rows, rowUsd = key.rowUsd) {
      await Promise.all([task.ready(rows, rowUsd), key.accounts.ready(key.budget, rows, rowUsd)]);
    },
    reserve(rows, purpose, rowUsd) {
      const wanted = ofKey(rows, rowUsd);
      const ofTask = task.reserve(wanted.rows, purpose, rowUsd);
      return both(ofTask, wanted.trim(ofTask.rows));
    },
  };
}

const both = (one: Reservation, other: Reservation): Reservation => ({
  rows: one.rows,
  trim: (rows) => both(one.trim(rows), other.trim(rows)),
  settle(costUsd, askedRows) {
    one.settle(costUsd, askedRows);
    other.settle(costUsd, askedRows);
  },
  release() {
    one.release();
    other.release();
  },
});
