import type { KeyBudget } from '../task/task-service.js';
import type { Purpose, Reservation } from './budget-account.js';
import type { TeacherBudget } from './teacher-budget.js';

/** Keeps what keys may spend on teachers, over all tasks. */
export interface KeyAccounts {
  /** @param rowUsd  what a row costs at most. */
  reserve(budget: KeyBudget, rows: number, rowUsd: number): Reservation;
}

/**
 * Pays for a request from the budget of its task and from that of its key: a row that one of them
 * has no room for is not asked about, and costs the other one nothing.
 *
 * @param key  rowUsd: what a row costs at most; null: the key has no budget of its own.
 */
export function jointBudget(
  task: Pick<TeacherBudget, 'reserve'>,
  key: { accounts: KeyAccounts; budget: KeyBudget; rowUsd: number } | null,
): Pick<TeacherBudget, 'reserve'> {
  if (key === null) return task;
  const ofKey = (rows: number, rowUsd = key.rowUsd): Reservation =>
    key.accounts.reserve(key.budget, rows, rowUsd);
  return {
    reserve(rows: number, purpose: Purpose, rowUsd?: number): Reservation {
      const wanted = ofKey(rows, rowUsd);
      const ofTask = task.reserve(wanted.rows, purpose, rowUsd);
      if (ofTask.rows === wanted.rows) return both(ofTask, wanted);
      wanted.release(); // What fits is less: it fits again at once, for nobody was in between.
      return both(ofTask, ofKey(ofTask.rows, rowUsd));
    },
  };
}

const both = (one: Reservation, other: Reservation): Reservation => ({
  rows: one.rows,
  settle(costUsd, askedRows) {
    one.settle(costUsd, askedRows);
    other.settle(costUsd, askedRows);
  },
  release() {
    one.release();
    other.release();
  },
});
