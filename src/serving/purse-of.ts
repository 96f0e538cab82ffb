import type { Purse } from '../teacher/teacher.js';
import type { Purpose } from './budget-account.js';
import type { TeacherBudget } from './teacher-budget.js';

/**
 * Pays for further attempts at rows, for all of them or not at all.
 *
 * @param rowUsd  what each was paid with before: a further attempt can cost as much.
 */
export const purseOf = (
  budget: Pick<TeacherBudget, 'reserve'>,
  purpose: Purpose,
  rowUsd: number,
): Purse => ({
  rowUsd,
  pay(rows, costPerRowUsd) {
    const reservation = budget.reserve(rows, purpose, Math.max(rowUsd, costPerRowUsd));
    if (reservation.rows === rows) return reservation;
    reservation.release();
    return null;
  },
});
