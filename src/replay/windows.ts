import type { IntervalJson } from '../http/api-types.js';
import { agreementInterval } from '../routing/agreement-interval.js';
import { balancedAccuracy } from './balanced-accuracy.js';
import type { Mark, Replayed, ReplayedRow } from './replayed-row.js';

/** What some rows in a row came to. Only the interval is estimated; all else is counted. */
export interface WindowReport {
  /** Rows before it, and its own. */
  readonly from: number;
  readonly rows: number;
  readonly studentShare: number;
  /** Student answers equal to the teacher's, of all student answers; null when it gave none. */
  readonly agreement: IntervalJson | null;
  readonly disagreements: number;
  /** Answers of any route equal to the file's label. */
  readonly accuracy: number;
  /** The same by label, averaged over those that occur. */
  readonly balancedAccuracy: number;
  /** Rows that the teacher labelled while it was sent, holdout included. */
  readonly teacherRows: number;
  readonly costUsd: number;
  /** Distillation runs that ended, and those of them whose student serves since. */
  readonly runs: number;
  readonly promotions: number;
}

/** First rows of windows of equal size. */
export const windowStarts = (rows: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, k) => Math.floor((k * rows) / count));

/**
 * Cuts a replay into windows of equal size (the last one takes what is left over).
 *
 * @param delta  chance that an interval misses the truth.
 */
export function windowsOf(
  replayed: Replayed,
  count: number,
  delta: number,
): readonly WindowReport[] {
  const rowsInAll = replayed.rows.length;
  const starts = windowStarts(rowsInAll, count);
  return starts.map((from, k) =>
    windowOf(replayed, { from, to: starts[k + 1] ?? rowsInAll, delta }),
  );
}

/** Sums up the rows `from` to `to` (exclusive) of a replay. */
export function windowOf(
  { rows: allRows, marks, events }: Replayed,
  { from, to, delta }: { readonly from: number; readonly to: number; readonly delta: number },
): WindowReport {
  const rows = allRows.slice(from, to);
  const served = rows.filter(isByStudent);
  const disagreements = served.filter(disagrees).length;
  const [start, end] = [markAt(marks, from), markAt(marks, to)];
  const inside = events.filter(({ atRow }) => atRow > from && atRow <= to);
  const ended = inside.filter(({ kind }) => /^run-/.test(kind) && kind !== 'run-started');
  return {
    from,
    rows: rows.length,
    studentShare: shareOf(served.length, rows.length),
    agreement:
      served.length === 0
        ? null
        : agreementInterval(served.length - disagreements, served.length, delta),
    disagreements,
    accuracy: shareOf(
      rows.filter(({ answer, trueLabel }) => answer === trueLabel).length,
      rows.length,
    ),
    balancedAccuracy: balancedAccuracyOfAnswers(rows),
    teacherRows: end.teacherRows - start.teacherRows,
    costUsd: end.costUsd - start.costUsd,
    runs: ended.length,
    promotions: ended.filter(({ kind }) => kind === 'run-promoted').length,
  };
}

export const isByStudent = ({ route }: ReplayedRow): boolean => route === 'student';
export const disagrees = ({ answer, teacherLabel }: ReplayedRow): boolean =>
  answer !== teacherLabel;

export const balancedAccuracyOfAnswers = (rows: readonly ReplayedRow[]): number =>
  balancedAccuracy(rows.map(({ answer, trueLabel }) => ({ label: answer, trueLabel })));

/** The last mark that was made before row `rows` was sent. */
function markAt(marks: readonly Mark[], rows: number): Mark {
  return marks.findLast((mark) => mark.rows <= rows) ?? marks[0]!;
}

const shareOf = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
