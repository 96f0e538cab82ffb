import type { Input } from '../task/task.js';

/** Who gave a row its label: the teacher in traffic, a log from elsewhere, or a person. */
export type RowSource = 'traffic' | 'import' | 'feedback';

/** What is kept of an input: all of it, what redaction left, its keyed hash, or not even that. */
export type InputKept = 'full' | 'redacted' | 'hash' | 'none';

/** Version of no teacher: a label of which belongs to the rows of every one. */
export const noTeacherVersion = '';

/** One labelled request, as the capture log keeps it. */
export interface CapturedRow {
  /** Unique; the same id as in the caller's answer. */
  readonly id: string;
  readonly task: string;
  readonly source: RowSource;
  readonly createdMs: number;
  /** The input as it came, before any model's preprocessing; empty where it is not kept. */
  readonly input: Input;
  readonly inputKept: InputKept;
  /** Keyed hash of the input (hex): equal inputs have equal hashes. */
  readonly inputHash: string;
  readonly route: 'student' | 'teacher' | 'cache' | 'degraded';
  readonly reason: string;
  /** Drawn before the student was looked at; never enters a training set. */
  readonly isHoldout: boolean;
  /** False for holdout rows, and for inputs that become holdout rows at a higher rate in use. */
  readonly isTrainable: boolean;
  /** Probability, in (0, 1], that this row came to be labelled, given what was known before. */
  readonly propensity: number;
  /** The holdout rate in force when the row was drawn, in [0, 1]. */
  readonly holdoutRate: number;
  readonly studentVersion: string | null;
  /**
   * [classes + features] float32 scores of that student, logits first; null when there was none.
   * Features are there if its bundle knows what is out of scope.
   */
  readonly studentLogits: Float32Array | null;
  /** Index of the label that it gave; null when there was none, and in rows of older gateways. */
  readonly studentLabel: number | null;
  /** Time that the student took for the request of the row, ms. */
  readonly studentLatencyMs: number | null;
  readonly confidence: number | null;
  readonly threshold: number | null;
  readonly teacherName: string;
  /** `noTeacherVersion` where no teacher of the task gave the label. */
  readonly teacherVersion: string;
  readonly teacherLabel: number;
  readonly teacherProbabilities: Float64Array | null;
  readonly teacherLatencyMs: number;
  readonly costUsd: number;
  readonly client: string | null;
  /** Whom the input speaks of, as the caller names them; null when he does not. */
  readonly subject: string | null;
}

/** A row as it is read. Its arrays may be views of a page of rows: copy one to give it away. */
export interface StoredRow extends CapturedRow {
  /** Position in the log: grows with every commit. */
  readonly sequence: number;
  /** What a person has said of it since; outranks the row's own label. */
  readonly feedback: RowFeedback | null;
}

/** A label that a person, or a system downstream, gave for a past answer. */
export interface RowFeedback {
  readonly label: number;
  /** Of one of its callers, or by somebody who looked at rows that were chosen for it. */
  readonly origin: 'caller' | 'review';
  readonly givenMs: number;
}

export interface Feedback extends RowFeedback {
  readonly task: string;
  /** The answer's. */
  readonly id: string;
  /** Who gave it, as far as is known. */
  readonly client: string | null;
}

/** Whether the input is there, as it came or redacted. */
export const hasInput = ({ inputKept }: Pick<CapturedRow, 'inputKept'>): boolean =>
  inputKept === 'full' || inputKept === 'redacted';
