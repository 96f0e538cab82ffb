import type { Input } from '../task/task.js';

/** One teacher-labelled request, as the capture log keeps it. */
export interface CapturedRow {
  /** Unique; the same id as in the caller's answer. */
  readonly id: string;
  readonly task: string;
  readonly createdMs: number;
  /** The input as it came, before any model's preprocessing. */
  readonly input: Input;
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
  readonly confidence: number | null;
  readonly threshold: number | null;
  readonly teacherName: string;
  readonly teacherVersion: string;
  readonly teacherLabel: number;
  readonly teacherProbabilities: Float64Array | null;
  readonly teacherLatencyMs: number;
  readonly costUsd: number;
  readonly client: string | null;
}

export interface RowFilter {
  readonly task: string;
  /** Rows of other teacher versions are left out: their labels mean something else. */
  readonly teacherVersion: string;
  /** At most this many rows, the newest. */
  readonly rowsMax: number;
  /** Only rows of requests after this moment, ms since the epoch; 0 for all. */
  readonly createdAfterMs: number;
}

/** A row as it is read. Its arrays may be views of a page of rows: copy one to give it away. */
export interface StoredRow extends CapturedRow {
  /** Position in the log: grows with every commit. */
  readonly sequence: number;
}

export interface RowCounts {
  readonly rows: number;
  readonly holdoutRows: number;
  /** Rows that may be trained on; repeats of an input count each time. */
  readonly trainableRows: number;
}

/** One holdout row that the teacher was asked about again, off every caller's path. */
export interface TeacherCheck {
  readonly task: string;
  readonly teacherVersion: string;
  readonly rowId: string;
  readonly inputHash: string;
  readonly rowCreatedMs: number;
  /** The student's when the row came; null when there was none. */
  readonly confidence: number | null;
  readonly checkedMs: number;
  /** Index of the label that the row has. */
  readonly label: number;
  /** Those of two new answers, asked for one after the other. */
  readonly newLabels: readonly [second: number, third: number];
  /** Of both, US dollars. */
  readonly costUsd: number;
}

/** What the log knows of one client. */
export interface ClientRows {
  /** As in `CapturedRow`. */
  readonly client: string | null;
  /** Its first row in the log, whatever teacher labelled it, ms since the epoch. */
  readonly firstMs: number;
  /** Its rows after a moment, and those of them that were held out. */
  readonly rows: number;
  readonly holdoutRows: number;
}

/** Clients that `readClients` tells of, those with the most rows: what is more is a crowd. */
export const clientsMax = 100_000;

/** The port of the durable log of teacher-labelled requests. */
export interface Capture {
  /**
   * Commits rows. Resolves only when they are on disk (group commit: concurrent calls share one).
   *
   * @throws {CaptureFailedError} when the commit failed; none of these rows is then in the log.
   * @throws {OverloadedError} when the bounded queue is full.
   */
  append(rows: readonly CapturedRow[]): Promise<void>;
  /**
   * Reads rows that may be trained on, newest first. Rows that are not trainable, and rows whose
   * input equals a holdout row's, can not be among them: the store's own schema leaves them out.
   */
  readTraining(filter: RowFilter): Promise<readonly StoredRow[]>;
  /** Reads holdout rows, newest first. */
  readHoldout(filter: RowFilter): Promise<readonly StoredRow[]>;
  count(task: string): Promise<RowCounts>;
  /**
   * Tells who has sent the rows of a task, their rows counted after a moment, ms since the epoch;
   * at most `clientsMax`, most rows first.
   */
  readClients(task: string, afterMs: number): Promise<readonly ClientRows[]>;
  /**
   * Finds a holdout row to ask the teacher about again, of an input that no check has had yet.
   *
   * @param position  in [0, 1): where in the log to look, from the oldest row to the newest.
   * @returns         null when there is none.
   */
  findUnchecked(filter: Omit<RowFilter, 'rowsMax'>, position: number): Promise<StoredRow | null>;
  /** @throws {CaptureFailedError} when it is not on disk, or its input was checked before. */
  appendCheck(check: TeacherCheck): Promise<void>;
  /** Reads the newest checks of one teacher version, newest first. */
  readChecks(filter: Omit<RowFilter, 'createdAfterMs'>): Promise<readonly TeacherCheck[]>;
  /**
   * SHA-256 (hex) of the input of each holdout row that is in the log, whoever labelled it: the way
   * to see that an input is one of theirs whatever hash it came under.
   */
  holdoutDigests(task: string): Promise<ReadonlySet<string>>;
  /**
   * Takes a named lease, so that only one process works on it.
   *
   * @param ttlMs  how long it holds without renewal, ms.
   * @returns      true when `owner` now holds it (renewing counts), false when somebody else does.
   */
  acquireLease(name: string, owner: string, ttlMs: number): Promise<boolean>;
  releaseLease(name: string, owner: string): Promise<void>;
  /** Commits what is queued, then closes. Idempotent. */
  close(): Promise<void>;
}
