import type { Policy } from '../config/policy-schema.js';
import { OverloadedError } from '../errors.js';
import type { PredictRequest } from '../task/task-service.js';
import type { DegradedReason } from './answer-row.js';
import type { Budget, Reservation } from './budget-account.js';
import type { Draft } from './draft.js';

export interface AdmittedRows {
  /** Rows that are paid for, in their order. */
  readonly asked: readonly Draft[];
  /** Ids of the others, where the policy spends a budget: they are the student's. */
  readonly overBudget: ReadonlySet<string>;
  /** Elsewhere a teacher without money is one that can not be used; null: all are paid for. */
  readonly degraded: DegradedReason | null;
  readonly reservation: Reservation;
}

type Admitting = Pick<Policy, 'mode' | 'onTeacherFailure'>;
const nobody: ReadonlySet<string> = new Set();
/** The bucket fills all the time: a client that asks once a minute is soon served. */
const retryAfterSeconds = 60;

/**
 * Pays for the rows of one request: first those that nobody else can answer, then the least
 * confident ones.
 *
 * @param by  route: as the caller asked: who asked for the teacher gets him, or an error. policy:
 *            in mode `budget` the student answers the others; elsewhere they are `degraded`, or an
 *            error, as when the teacher fails. rowUsd: what a row costs at most.
 * @throws {OverloadedError} when a row is not paid for that the student can not answer.
 */
export function admit(
  budget: Budget,
  drafts: readonly Draft[],
  {
    route,
    policy,
    rowUsd,
  }: {
    readonly route: PredictRequest['route'];
    readonly policy: Admitting;
    readonly rowUsd: number;
  },
): AdmittedRows {
  const reservation = budget.reserve(drafts.length, 'answer', rowUsd);
  if (reservation.rows === drafts.length)
    return { asked: drafts, overBudget: nobody, degraded: null, reservation };

  const isSpending = policy.mode === 'budget';
  const mustAnswer = route === 'teacher' || (!isSpending && policy.onTeacherFailure === 'error');
  const needed = drafts.filter(({ opinion }) => mustAnswer || opinion === null).length;
  if (reservation.rows < needed) {
    reservation.release();
    throw overBudgetError(needed);
  }
  const leastSure = [...drafts].sort((one, other) => sureness(one) - sureness(other));
  const overBudget = new Set(leastSure.slice(reservation.rows).map(({ id }) => id));
  const asked = drafts.filter(({ id }) => !overBudget.has(id));
  if (isSpending) return { asked, overBudget, degraded: null, reservation };
  return { asked, overBudget: nobody, degraded: 'teacher-over-budget', reservation };
}

/** Rows without an opinion come first. */
const sureness = ({ opinion }: Draft): number => opinion?.confidence ?? -1;

const overBudgetError = (rows: number): OverloadedError =>
  new OverloadedError(
    `The teacher's budget has no room for ${rows === 1 ? 'a row' : `${rows} rows`} that the ` +
      'student can not answer: an hour’s money is spent evenly, a thirtieth at most at once. Try ' +
      'again later, or raise policy.teacherBudget, or usdPerHour of the key.',
    retryAfterSeconds,
    { rows },
  );
