import type { RouteName } from './api-types.js';
import type { PredictInputJson } from './api-types-predict.js';

/** `GET /v1/tasks/{task}/rows?limit=50`: rows of the log that fit the query, newest first. */
export interface RowsJson {
  /** May be none, although more follow: a request looks at a part of the log at most. */
  readonly rows: readonly RowJson[];
  /** What `before` must be to go on; null: there are no more. */
  readonly nextBefore: number | null;
}

export type RowSourceJson = 'traffic' | 'import' | 'feedback';

/** One row. Fields have the names that an export gives them. */
export interface RowJson {
  /** Its place in the log. */
  readonly sequence: number;
  readonly id: string;
  readonly createdAtMs: number;
  readonly source: RowSourceJson;
  /** Null where it is not kept. */
  readonly input: PredictInputJson | null;
  readonly inputKept: 'full' | 'redacted' | 'hash' | 'none';
  /** The right one: a person's outranks the teacher's. Labels that the task lost are null. */
  readonly label: string | null;
  /**
   * Who was to answer, and for a row of `teacher` who has labelled it. A caller whose time ran out
   * while it was written got the student's answer, marked `degraded`, or none.
   */
  readonly route: RouteName;
  readonly reason: string;
  readonly isHoldout: boolean;
  readonly isTrainable: boolean;
  readonly studentVersion: string | null;
  readonly studentLabel: string | null;
  /** The student's, in its own label. */
  readonly confidence: number | null;
  readonly threshold: number | null;
  /** Empty where no teacher gave the label. */
  readonly teacher: string;
  readonly teacherVersion: string;
  readonly teacherLabel: string | null;
  readonly costUsd: number;
  readonly client: string | null;
  readonly subject: string | null;
  readonly feedback: {
    readonly label: string | null;
    readonly origin: 'caller' | 'review';
    readonly givenAtMs: number;
  } | null;
}
