import type { Mark, Replayed, ReplayedRow } from '../../src/replay/replayed-row.js';

/** A row that the teacher answered because there was no student yet. */
export function coldRow(changes: Partial<ReplayedRow> = {}): ReplayedRow {
  return {
    trueLabel: 0,
    teacherLabel: 0,
    answer: 0,
    route: 'teacher',
    studentVersion: null,
    opinion: null,
    ...changes,
  };
}

/** A row that the student answered with `label`, the teacher's being 0. */
export function studentRow(label: number, confidence = 0.95): ReplayedRow {
  const opinion = { label, confidence };
  return coldRow({ answer: label, route: 'student', studentVersion: 'v1-00000001', opinion });
}

/** A row that the student was unsure of, and would have answered with `label`. */
export function unsureRow(label: number, confidence: number): ReplayedRow {
  return coldRow({ studentVersion: 'v1-00000001', opinion: { label, confidence } });
}

/** The rows, one mark each: teacher rows and 1 $ for each that the teacher answered. */
export function replayedOf(
  rows: readonly ReplayedRow[],
  events: Replayed['events'] = [],
): Replayed {
  const marks: Mark[] = [markOf(0, 0)];
  for (const { route } of rows) {
    const { rows: sent, teacherRows } = marks.at(-1)!;
    marks.push(markOf(sent + 1, teacherRows + (route === 'teacher' ? 1 : 0)));
  }
  return { rows, marks, events };
}

const markOf = (rows: number, teacherRows: number): Mark => ({
  rows,
  teacherRows,
  costUsd: teacherRows,
  threshold: null,
  studentVersion: null,
});
