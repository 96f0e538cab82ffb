import type { RouteName } from '../http/api-types.js';

/** What the student that served thought of a row, whoever answered it. */
export interface StudentOpinion {
  /** Index into the labels. */
  readonly label: number;
  /** Calibrated, in [0, 1]. */
  readonly confidence: number;
}

/** One row of a replay, as its caller saw it. Labels are indexes into the task's. */
export interface ReplayedRow {
  readonly trueLabel: number;
  readonly teacherLabel: number;
  readonly answer: number;
  readonly route: RouteName;
  readonly studentVersion: string | null;
  /** Null where there was no student yet. */
  readonly opinion: StudentOpinion | null;
}

/** Rows sent so far, what had been spent by then, and how sure the gateway was. */
export interface Mark {
  /** Rows sent. */
  readonly rows: number;
  /** Rows that the teacher has labelled, for whatever reason. */
  readonly teacherRows: number;
  readonly costUsd: number;
  /** Null while nothing is certified. */
  readonly threshold: number | null;
  readonly studentVersion: string | null;
}

/** Something that happened, and after how many rows it was seen. */
export interface ReplayEvent {
  readonly atRow: number;
  readonly kind: string;
  readonly text: string;
}

/** Everything that a replay has seen. */
export interface Replayed {
  readonly rows: readonly ReplayedRow[];
  /** After each portion of rows; the first is of the start. */
  readonly marks: readonly Mark[];
  readonly events: readonly ReplayEvent[];
}
