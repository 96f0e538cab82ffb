import { shuffle, type Draw } from '../distillation/seeded-draw.js';
import { balancedAccuracy } from './balanced-accuracy.js';
import type { Replayed, ReplayedRow } from './replayed-row.js';
import { balancedAccuracyOfAnswers, disagrees, isByStudent } from './windows.js';

/** One way to route the same stream, with the same students as they came to serve. */
export interface Routing {
  readonly name: string;
  /** How its numbers came about, for readers. */
  readonly how: string;
  /** [rows] the student answers that row. */
  readonly isByStudent: readonly boolean[];
  /** Rows that the teacher labelled. */
  readonly teacherRows: number;
  readonly studentRows: number;
  /** Student answers that differ from the teacher's, of all student answers; 0 without any. */
  readonly disagreement: number;
  /** Answers equal to the file's labels. */
  readonly accuracy: number;
  /** The same by label, averaged over those that occur. */
  readonly balancedAccuracy: number;
}

/**
 * What the same stream would have come to under other rules. Each asks the student version that
 * served when the row came (none at first: the teacher answers); what another rule would have
 * escalated, and so taught, is not played out.
 *
 * - teacher for all;
 * - a fixed threshold on confidence, and no holdout rows: nobody watches it;
 * - a coin, for the same number of teacher rows as the gateway had while there was a student.
 *
 * @param draw  uniform in [0, 1), for the coin.
 */
export function baselinesOf(
  { rows, marks }: Replayed,
  { fixedThreshold, draw }: { readonly fixedThreshold: number; readonly draw: Draw },
): readonly Routing[] {
  const teacherRows = marks.at(-1)!.teacherRows;
  const own = {
    ...routingOf(rows, rows.map(isByStudent)),
    name: 'this gateway',
    how: 'measured; holdout and explored rows are among its teacher rows',
    teacherRows,
    // As its callers were answered, degraded answers among them.
    accuracy: rows.filter(({ answer, trueLabel }) => answer === trueLabel).length / rows.length,
    balancedAccuracy: balancedAccuracyOfAnswers(rows),
    disagreement: shareOf(
      rows.filter((row) => isByStudent(row) && disagrees(row)).length,
      rows.filter(isByStudent).length,
    ),
  };
  const isSure = ({ opinion }: ReplayedRow): boolean =>
    opinion !== null && opinion.confidence >= fixedThreshold;
  return [
    own,
    {
      ...routingOf(
        rows,
        rows.map(() => false),
      ),
      name: 'teacher for all',
      how: 'every row at the teacher',
    },
    {
      ...routingOf(rows, rows.map(isSure)),
      name: `fixed threshold ${fixedThreshold}`,
      how: 'the same students, no holdout: nothing proves or watches it',
    },
    {
      ...routingOf(rows, coinOf(rows, teacherRows, draw)),
      name: 'a coin, same teacher rows',
      how: 'the same students and as many teacher rows, chosen at random',
    },
  ];
}

/** As many rows at the teacher as `teacherRows`, those without a student first of all. */
function coinOf(rows: readonly ReplayedRow[], teacherRows: number, draw: Draw): boolean[] {
  const withStudent = rows.flatMap(({ opinion }, index) => (opinion === null ? [] : [index]));
  const withoutStudent = rows.length - withStudent.length;
  const atTeacher = Math.max(0, teacherRows - withoutStudent);
  const byStudent = new Set(shuffle(withStudent, draw).slice(atTeacher));
  return rows.map((_, index) => byStudent.has(index));
}

function routingOf(
  rows: readonly ReplayedRow[],
  byStudent: readonly boolean[],
): Omit<Routing, 'name' | 'how'> {
  const studentRows = byStudent.filter(Boolean).length;
  const given = rows.map(({ opinion, teacherLabel }, index) =>
    byStudent[index] ? opinion!.label : teacherLabel,
  );
  const different = rows.filter(({ teacherLabel }, index) => given[index] !== teacherLabel).length;
  const right = rows.filter(({ trueLabel }, index) => given[index] === trueLabel).length;
  return {
    isByStudent: byStudent,
    teacherRows: rows.length - studentRows,
    studentRows,
    disagreement: shareOf(different, studentRows),
    accuracy: shareOf(right, rows.length),
    balancedAccuracy: balancedAccuracy(
      rows.map(({ trueLabel }, index) => ({ label: given[index]!, trueLabel })),
    ),
  };
}

const shareOf = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
