import { OverloadedError } from '../errors.js';
import type { PredictRequest } from '../task/task-service.js';
import type { Reservation } from './budget-account.js';
import type { Draft } from './draft.js';
import type { TeacherBudget } from './teacher-budget.js';

export interface AdmittedRows {
  /** Rows that are paid for, in their order. */
  readonly asked: readonly Draft[];
  /** Ids of the others. */
  readonly overBudget: ReadonlySet<string>;
  readonly reservation: Reservation;
}

const nobody: ReadonlySet<string> = new Set();
/** The bucket fills all the time: a client that asks once a minute is soon served. */
const retryAfterSeconds = 60;

/**
 * Pays for the rows of one request: first those that nobody else can answer, then the least
 * confident ones.
 *
 * @param route  as the caller asked: who asked for the teacher gets him, or an error.
 * @throws {OverloadedError} when a row is not paid for that the student can not answer.
 */
export function admit(
  budget: Pick<TeacherBudget, 'reserve'>,
  drafts: readonly Draft[],
  route: PredictRequest['route'],
): AdmittedRows {
  const reservation = budget.reserve(drafts.length, 'answer');
  if (reservation.rows === drafts.length) return { asked: drafts, overBudget: nobody, reservation };

  const needed = drafts.filter(({ opinion }) => route === 'teacher' || opinion === null).length;
  if (reservation.rows < needed) {
    reservation.release();
    throw overBudgetError(needed);
  }
  const leastSure = [...drafts].sort((one, other) => sureness(one) - sureness(other));
  const overBudget = new Set(leastSure.slice(reservation.rows).map(({ id }) => id));
  const asked = drafts.filter(({ id }) => !overBudget.has(id));
  return { asked, overBudget, reservation };
}

/** Rows without an opinion come first. */
const sureness = ({ opinion }: Draft): number => opinion?.confidence ?? -1;

const overBudgetError = (rows: number): OverloadedError =>
  new OverloadedError(
    `The teacher's budget has no room for ${rows} rows that the student can not answer. ` +
      'Try again later, or raise policy.teacherBudget.',
    retryAfterSeconds,
    { rows },
  );
