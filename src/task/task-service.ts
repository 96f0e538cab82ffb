import type { OverloadedError } from '../errors.js';
import type {
  AnswerJson,
  FeedbackJson,
  PolicyJson,
  PolicyPatchJson,
  ReviewJson,
  RunJson,
  SamplesJson,
  StudentJson,
  TaskJson,
  TrafficJson,
} from '../http/api-types.js';
import type { TimelineJson } from '../http/api-types-timeline.js';
import type { TradeoffJson } from '../http/api-types-tradeoff.js';
import type { ErasureJson } from '../http/api-types-erasure.js';
import type { RowJson, RowsJson } from '../http/api-types-rows.js';
import type { ExportFormat } from '../http/api-types-export.js';
import type { Caller } from './caller.js';
import type { Input, TaskSpec } from './task.js';

export interface PredictRequest {
  /** [batch], checked against the task; at least one. */
  readonly inputs: readonly Input[];
  readonly route: 'auto' | 'student' | 'teacher';
  /** The caller's own deadline, ms from now; null for none: the teacher has its own. */
  readonly timeoutMs: number | null;
  /** Adds the probabilities of whoever answered. */
  readonly hasProbabilities: boolean;
  /** Who asks, as far as is known; goes into the captured row. */
  readonly client: string | null;
  /** Whom the inputs speak of, as the caller names them, or null; goes into the captured row. */
  readonly subject: string | null;
  /** False: nothing of it may be kept, so that it is no holdout row and teaches nothing. */
  readonly isStored: boolean;
  /** What its key may spend; absent or null: nothing limits that. */
  readonly keyBudget?: KeyBudget | null;
  /** ms spent before this call in parsing and preprocessing. */
  readonly preprocessMs: number;
}

/** A label for a past answer, and who gives it. */
export interface FeedbackRequest {
  /** The answer's. */
  readonly id: string;
  /** One of the task's labels. */
  readonly label: string;
  /** Given by somebody who looked at a row of the review queue. */
  readonly isReview: boolean;
  readonly client: string | null;
  /** Only the answers of this API key may be labelled; null: all. */
  readonly ofKey: string | null;
}

/** Which rows of the log to show; null: it does not matter. */
export interface RowsRequest {
  readonly rowsMax: number;
  /** Only rows before this place; null: from the newest one on. */
  readonly before: number | null;
  readonly source: RowJson['source'] | null;
  readonly route: RowJson['route'] | null;
  readonly isHoldout: boolean | null;
  /** Whether student and teacher gave one label; without a student's label a row is neither. */
  readonly isAgreed: boolean | null;
  /** One of the task's labels. */
  readonly teacherLabel: string | null;
  readonly client: string | null;
  readonly subject: string | null;
  /** Rows of requests from this moment on, and before that one, ms since the epoch. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** What an API key may make teachers cost. */
export interface KeyBudget {
  /** Its name. */
  readonly key: string;
  /** US dollars in any hour at most, over all tasks. */
  readonly usdPerHour: number;
}

/** Everything that the outside can ask of one served task; HTTP is one way to ask. */
export interface TaskService {
  readonly spec: TaskSpec;
  /** One answer per row, in order. @throws GatewayError */
  predict(request: PredictRequest, caller: Caller): Promise<readonly AnswerJson[]>;
  /**
   * Takes a label for a past answer; a later one for the same answer replaces it.
   *
   * @throws {InvalidInputError} for a label that the task has not, {NotFoundError} for an answer
   *         that is not known (any more), {ForbiddenError} for one of another key.
   */
  feedback(request: FeedbackRequest): Promise<FeedbackJson>;
  /** Rows that a person should label, most wanted first. */
  review(rowsMax: number): Promise<ReviewJson>;
  /** Rows of the log, newest first. */
  rows(request: RowsRequest): Promise<RowsJson>;
  /**
   * Erases all rows that speak of a subject, and tells which students have seen them.
   *
   * @throws {ConflictError} while a run is going on.
   */
  eraseSubject(subject: string): Promise<ErasureJson>;
  /** All rows in the log, oldest first, in pieces of one format. */
  exportRows(format: ExportFormat): AsyncIterable<Uint8Array>;
  /** Why a request would be refused now, whatever is in it; null when it would not. */
  refusal(): OverloadedError | null;
  describe(): Promise<TaskJson>;
  traffic(minutes: number): TrafficJson;
  /** What happened, newest first, at most so many events. */
  timeline(limit: number): TimelineJson;
  /** What each threshold would give, and what the one in force gives. */
  tradeoff(): TradeoffJson;
  /** Null when the task ships no samples. */
  samples(offset: number, rowsMax: number): Promise<SamplesJson | null>;
  students(): Promise<readonly StudentJson[]>;
  /**
   * Says where a file of a version's bundle lies.
   *
   * @throws {NotFoundError} for an unknown version, and for what no reader of a bundle needs.
   */
  studentFile(version: string, file: string): Promise<string>;
  /**
   * Takes a bundle in as the next version, which does not serve until it is promoted.
   *
   * @param name  of a directory in the task's `incoming/`, where it was copied to.
   * @throws {NotFoundError} when nothing of that name is there, {InvalidBundleError} when it does
   *         not fit the task, does not load, or does not answer.
   */
  addStudent(name: string): Promise<StudentJson>;
  /** @throws {NotFoundError} for an unknown version, {ConflictError} for one that cannot serve. */
  promote(version: string): Promise<StudentJson>;
  /** @throws {ConflictError} when there is no previous version. */
  rollback(): Promise<StudentJson>;
  /** Starts a run and returns at once. @throws {ConflictError} while another one is running. */
  startDistillation(trigger: RunJson['trigger']): Promise<RunJson>;
  /**
   * Starts a run that makes a smaller version of one, and returns at once.
   *
   * @param version  null: the one that serves.
   * @throws {NotFoundError} for an unknown version, {ConflictError} while a run is going on.
   */
  startCompression(version: string | null, trigger: RunJson['trigger']): Promise<RunJson>;
  /**
   * Ends a run; the student that serves goes on.
   *
   * @throws {NotFoundError} for an unknown run, {ConflictError} for one that has ended or goes on
   *         in another process.
   */
  cancelRun(id: string): Promise<RunJson>;
  runs(): readonly RunJson[];
  /** @throws {NotFoundError} */
  run(id: string): RunJson;
  /**
   * A file of the evaluation page of a run, or of the run that has made a version.
   *
   * @throws {NotFoundError} when there is no such run, page or file.
   */
  evaluationFile(
    of: { readonly run: string } | { readonly version: string },
    file: string,
  ): Promise<string>;
  /** Calls `listener` now and at each step until the run has ended; the result stops it. */
  followRun(id: string, listener: (run: RunJson) => void): () => void;
  /** Changes what is given, refits the threshold. Values are validated by the caller. */
  updatePolicy(patch: PolicyPatchJson): Promise<PolicyJson>;
}
