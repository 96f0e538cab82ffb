import type { Purse } from '../teacher/teacher.js';
import type { Purpose } from './budget-account.js';
import type { TeacherBudget } from './teacher-budget.js';

/** Pays for further attempts at rows, for all of them or not at all. */
export const purseOf = (budget: Pick<TeacherBudget, 'reserve'>, purpose: Purpose): Purse => ({
  pay(rows, costPerRowUsd) {
    const reservation = budget.reserve(rows, purpose, costPerRowUsd);
    if (reservation.rows === rows) return reservation;
    reservation.release();
    return null;
  },
});
