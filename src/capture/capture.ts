import type { CaptureFailedError } from '../errors.js';
import type { Feedback, CapturedRow, RowSource, StoredRow } from './row.js';

export { hasInput, noTeacherVersion } from './row.js';
export type * from './row.js';

export interface RowFilter {
  readonly task: string;
  /**
   * Rows of other teacher versions are left out: their labels mean something else. Those of
   * `noTeacherVersion` are not.
   */
  readonly teacherVersion: string;
  /** At most this many rows, the newest. */
  readonly rowsMax: number;
  /** Only rows of requests after this moment, ms since the epoch; 0 for all. */
  readonly createdAfterMs: number;
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

/** A part of the log, oldest row first. */
export interface PageRange {
  readonly task: string;
  /** Only rows after this one. */
  readonly afterSequence: number;
  readonly rowsMax: number;
}

/** Which rows to look at; null: it does not matter. */
export interface BrowseFilter {
  readonly task: string;
  /** Only rows before this one; null: from the newest one on. */
  readonly beforeSequence: number | null;
  readonly rowsMax: number;
  readonly source: RowSource | null;
  readonly route: CapturedRow['route'] | null;
  readonly isHoldout: boolean | null;
  readonly teacherLabel: number | null;
  /** Whether student and teacher gave one label; without a student's label a row is neither. */
  readonly isAgreed: boolean | null;
  readonly client: string | null;
  readonly subject: string | null;
  /** Rows of requests from this moment on, and before that one, ms since the epoch. */
  readonly createdFromMs: number;
  readonly createdBeforeMs: number;
}

/** Some of the rows that fit a filter, newest first. */
export interface BrowsedRows {
  /** May be none, although more follow: a call looks at a part of the log at most. */
  readonly rows: readonly StoredRow[];
  /** The `beforeSequence` to go on with; null at the end. */
  readonly nextBefore: number | null;
}

/**
 * Where rows that were erased may still lie: `gone`: nowhere in the log's files; `in-use`: in old
 * pages, which somebody reads at present; `of-the-server`: where the server of the log has put
 * them, until it clears them away.
 */
export type OldPages = 'gone' | 'in-use' | 'of-the-server';

/** What became of rows that were brought from elsewhere. */
export interface Added {
  readonly added: number;
  /** Their ids were in the log already. */
  readonly known: number;
  /** Rows of their ids were erased: they do not come again. */
  readonly erased: number;
  /** Ids that another task of the log has: none of these rows was added. */
  readonly ofOthers: readonly string[];
}

export interface ReviewFilter {
  readonly task: string;
  readonly rowsMax: number;
}

/** Where a log lies, and what opens it: plain values, also for another process. */
export interface CapturePlace {
  readonly store:
    | { readonly kind: 'sqlite'; readonly path: string }
    /** With the SHA-256 (hex) of the secret that holdout rows are drawn by. */
    | { readonly kind: 'postgres'; readonly url: string; readonly drawKeySha256: string };
  /** Keys (hex) of encrypted inputs, as in `createInputCipher`. */
  readonly encryptionKeys: readonly string[];
}

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
   * Reads rows of every use and teacher, oldest first. A page may end before `rowsMax`, so that
   * large rows take no more memory than small ones; an empty one is the end.
   */
  readPage(range: PageRange): Promise<readonly StoredRow[]>;
  /**
   * Looks at rows of every use and teacher, newest first, in bounded steps. Rows that come
   * meanwhile change nothing of what `nextBefore` leads to.
   */
  browse(filter: BrowseFilter): Promise<BrowsedRows>;
  /**
   * Commits those of the rows whose ids are new, all of them together. None may be a holdout row.
   *
   * @throws {CaptureFailedError} when one can not be kept; none is then in the log.
   */
  addNew(rows: readonly CapturedRow[]): Promise<Added>;
  /** Finds the ids of all rows that speak of a subject. */
  subjectIds(task: string, subject: string): Promise<readonly string[]>;
  /**
   * Erases rows that speak of a subject, with what was said of them, at most so many at once: other
   * commits wait for it. Their ids never come again, and inputs that were held out stay out of
   * training.
   *
   * @returns how many; fewer than `rowsMax`: those were the last ones.
   */
  eraseSubject(task: string, subject: string, rowsMax: number): Promise<number>;
  /** Erases the rows of these ids and what was said of them; they never come (again). */
  eraseIds(task: string, ids: readonly string[]): Promise<void>;
  /**
   * Erases the oldest rows of a task from before a moment, at most so many at once: other commits
   * wait for it.
   *
   * @returns how many.
   */
  eraseBefore(task: string, beforeMs: number, rowsMax: number): Promise<number>;
  /** Clears away old pages of the log's files, which have what was erased. Holds nobody up. */
  clearOldPages(): Promise<OldPages>;
  /** Finds the row of an answer, whatever its use. @returns null when it is not in the log. */
  findRow(task: string, id: string): Promise<StoredRow | null>;
  /**
   * Commits a label for an answer. A later one for the same id replaces it, and changes nothing
   * else: a holdout row stays one.
   *
   * @returns the label before, or null; `erased`: its row was erased, and nothing is kept.
   * @throws {CaptureFailedError} when it is not on disk.
   */
  appendFeedback(feedback: Feedback): Promise<number | null | 'erased'>;
  /**
   * Reads rows that a person should look at, most wanted first: where student and teacher differ,
   * and among those, then among the rest, where the student was least sure. Of traffic, not held
   * out, with their input, and without feedback.
   */
  readReview(filter: ReviewFilter): Promise<readonly StoredRow[]>;
  /** Reads rows of one teacher version that were labelled in a review, newest first. */
  readReviewed(filter: Omit<RowFilter, 'createdAfterMs'>): Promise<readonly StoredRow[]>;
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

/** Whether the log takes rows. */
export interface CaptureHealth {
  /**
   * Why the newest commit of rows has failed, when none has succeeded since; else null. Asked
   * before rows are paid for that must be kept.
   */
  failure(): CaptureFailedError | null;
}
