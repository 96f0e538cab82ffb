import type { DatasetReportJson } from './api-types-dataset.js';
import type { PredictInputJson } from './api-types-predict.js';
import type { EvaluationJson, GateJson } from './evaluation-types.js';

/**
 * The JSON of the HTTP API, as types only: the gateway, the console and the CLI share this page.
 * Times are ms since the epoch unless named otherwise; money is US dollars; shares are in [0, 1].
 */

import type {
  BudgetJson,
  CertificateJson,
  DriftAlarmJson,
  InputDriftJson,
  PolicyJson,
} from './api-types-policy.js';
import type { TeacherJson, TeacherStateJson } from './api-types-teacher.js';

export type * from './api-types-dataset.js';
export type * from './api-types-feedback.js';
export type * from './api-types-policy.js';
export type * from './api-types-predict.js';
export type * from './api-types-teacher.js';

export type RouteName = 'student' | 'teacher' | 'cache' | 'degraded';

/** Why that route: a closed list, also the `reason` label of the metrics. */
export type RouteReason =
  | 'confident' // the student was sure enough
  | 'unsure' // the student was below the threshold
  | 'out-of-scope' // the input is unlike anything that the student was trained on
  | 'not-certified' // no threshold holds yet: the teacher answers everything
  | 'no-student' // there is no student yet
  | 'student-failed' // the student could not answer this row; the teacher does
  | 'requested' // the caller asked for this route
  | 'policy' // the policy's mode lets the student, or the teacher, answer everything
  | 'shadow' // the teacher answers; the student was asked to be scored
  | 'over-budget' // the student was unsure, and the teacher's budget had no room
  | 'known' // an equal input was answered before, under the same student and threshold
  | 'teacher-timeout' // degraded: the teacher did not answer in time
  | 'teacher-failed' // degraded: the teacher failed
  | 'teacher-overloaded' // degraded: the teacher's queue was full
  | 'teacher-unavailable' // degraded: the teacher has failed too often, and is not asked for now
  | 'teacher-over-budget' // degraded: there was no money for the teacher, by task or by key
  | 'capture-failed' // degraded: the log could not keep the teacher's answer, so nobody gets it
  | 'teacher-other'; // in the log alone: labelled later, as another teacher answered the caller

/**
 * One row's answer with its provenance. Single predictions are this; batches `{answers: [...]}`.
 */
export interface AnswerJson {
  readonly id: string;
  readonly label: string;
  /** The student's calibrated confidence in its own label; null when there is no student. */
  readonly confidence: number | null;
  readonly route: RouteName;
  readonly reason: RouteReason;
  /** Threshold in force; null when there is none: nothing is certified, or the mode needs none. */
  readonly threshold: number | null;
  readonly studentVersion: string | null;
  /** Name of the teacher if it answered, else null. */
  readonly teacher: string | null;
  /** ms spent in each stage; a stage that did not happen is absent. */
  readonly latencyMs: {
    readonly preprocess: number;
    readonly student?: number;
    readonly teacher?: number;
    readonly capture?: number;
    /** Until the whole request was answered: the same for all of its rows. */
    readonly total: number;
  };
  readonly costUsd: number;
  /** label -> probability of whoever answered; only with `probabilities: true`. */
  readonly probabilities?: Readonly<Record<string, number>>;
}
export interface BatchAnswerJson {
  readonly answers: readonly AnswerJson[];
}

export interface IntervalJson {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  /** Rows behind it. */
  readonly rows: number;
}

/** What one input is, as the task file says it. */
export type InputJson =
  | {
      readonly kind: 'image';
      readonly width: number;
      readonly height: number;
      readonly channels: 1 | 3;
    }
  | { readonly kind: 'text'; readonly charsMax: number }
  | {
      readonly kind: 'tensor';
      readonly tensors: readonly {
        readonly name: string;
        readonly dtype: string;
        readonly shape: readonly (number | null)[];
      }[];
    };

/** `GET /v1/tasks/{task}`; `GET /v1/tasks` is `{tasks: TaskJson[]}`. */
export interface TaskJson {
  readonly name: string;
  readonly title: string;
  readonly input: InputJson;
  readonly labels: readonly string[];
  readonly student: {
    readonly version: string;
    readonly architecture: string;
    /** Null where nobody has counted. */
    readonly multiplyAdds: number | null;
    readonly costPerRowUsd: number;
    /** Median time of a run of one row when it was loaded, ms. */
    readonly runMs: number;
    /** Rows of a run at most, as adapted by now. */
    readonly runRowsMax: number;
    readonly runsOn: 'event-loop' | 'threads';
    /**
     * Whether scores depend on the rows that share a run: not by a bit, by rounding, really; or
     * rows can not share one.
     */
    readonly batching: 'exact' | 'rounding' | 'coupled' | 'single';
  } | null;
  /** What the task's models run on, for example `cuda`. */
  readonly executionProvider: string;
  /** Wanted, and not usable here. */
  readonly refusedProviders: readonly { readonly provider: string; readonly why: string }[];
  /** The one that students are held against. */
  readonly teacher: TeacherJson;
  /** Who answers callers: `teacher`, and others in their order. */
  readonly teachers: readonly TeacherStateJson[];
  readonly policy: PolicyJson;
  readonly certificate: CertificateJson;
  /** The last drift alarm, until a threshold is certified again; else null. */
  readonly driftAlarm: DriftAlarmJson | null;
  /**
   * In modes `risk` and `shadow`: on until a threshold is certified on such traffic. Until then it
   * is higher. Null: none.
   */
  readonly inputDrift: InputDriftJson | null;
  /** Null where nothing limits what the task's teacher costs. */
  readonly budget: BudgetJson | null;
  /** Share of `auto` requests that are drawn for holdout now. */
  readonly holdoutRate: number;
  /** Share of recent traffic that the student answered (last 1 000 rows); null before any. */
  readonly coverage: number | null;
  /**
   * Agreement of the present student's answers with the teacher, on the holdout rows since its
   * promotion or the last alarm; null before any. The interval holds however often it is read. In
   * mode `shadow`, of what would be student answers.
   */
  readonly agreement: IntervalJson | null;
  readonly rows: {
    readonly captured: number;
    readonly holdout: number;
    /** Answered rows whose label for the log is still awaited. */
    readonly pending: number;
  };
  readonly totals: {
    readonly requests: number;
    readonly rowsByRoute: Readonly<Record<RouteName, number>>;
    readonly costUsd: number;
    /** What teacher-for-all would have cost, less what was spent. */
    readonly avoidedCostUsd: number;
  };
  /** Sample inputs come with the task (`GET .../samples` works). */
  readonly hasSamples: boolean;
}

/** `GET /v1/tasks/{task}/traffic?minutes=10`: oldest bucket first, empty ones included. */
export interface TrafficJson {
  readonly bucketMs: number;
  readonly buckets: readonly {
    readonly startMs: number;
    readonly rowsByRoute: Readonly<Record<RouteName, number>>;
    readonly costUsd: number;
    readonly avoidedCostUsd: number;
  }[];
}

/** `GET /v1/tasks/{task}/samples?offset=0&limit=100`: real inputs with their true labels. */
export interface SamplesJson {
  readonly total: number;
  readonly samples: readonly { readonly input: PredictInputJson; readonly label: string }[];
}

/** `GET /v1/tasks/{task}/students` is `{students: StudentJson[]}`, newest first. */
export interface StudentJson {
  readonly version: string;
  readonly createdAtMs: number;
  readonly state: 'serving' | 'previous' | 'retired' | 'unserved' | 'rejected';
  readonly architecture: string;
  /** Null where nobody has counted. */
  readonly multiplyAdds: number | null;
  readonly modelBytes: number;
  /** Null for a student that was made elsewhere. */
  readonly trainingRows: number | null;
  readonly parent: string | null;
  readonly evaluation: EvaluationJson | null;
}

export type { EvaluationJson, GateJson } from './evaluation-types.js';
export type { CompressionJson } from './api-types-compression.js';
export type { TrainingJson, TrialJson } from './api-types-training.js';

/**
 * `POST /v1/tasks/{task}/distillations` -> 202 RunJson; `GET` -> `{runs: RunJson[]}` newest first.
 * `POST /v1/tasks/{task}/compress` with `{version}`, or `{}` for the one that serves, is a run like
 * the others.
 */
export interface RunJson {
  readonly id: string;
  readonly trigger: 'api' | 'cli' | 'console' | 'schedule' | 'rows' | 'drift';
  /** The version that it makes a smaller one of; absent: it distils. */
  readonly compresses?: string;
  /**
   * `skipped`: too few rows to be worth it. `rejected`: by a gate, or before training.
   * `untrainable`: the student can not be trained, or none can be made; more rows change nothing.
   */
  readonly state: 'running' | 'promoted' | 'rejected' | 'skipped' | 'untrainable' | 'failed';
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  readonly stage: string;
  /** Share of the whole run that is done. */
  readonly share: number;
  readonly message: string;
  readonly remainingMs: number | null;
  readonly candidateVersion: string | null;
  readonly evaluation: EvaluationJson | null;
  /** What it learns from; null before it is known. Runs of old have none. */
  readonly dataset?: DatasetReportJson | null;
  /**
   * The teacher beside the student that serves, on golden rows, before training: a worse one stops
   * the run. Null where nothing can be compared. Runs of old have none.
   */
  readonly teacherCheck?: GateJson | null;
  /**
   * Its evaluation page can be had (`GET .../evaluation`). False while it goes on, and where it
   * could not be written. Runs of old have none.
   */
  readonly hasPage?: boolean;
  /** Why it was not promoted, and how to go on; empty when it was. */
  readonly reasons: readonly string[];
}

/**
 * `GET /v1/tasks/{task}/distillations/{run}/events` (SSE): `event: progress` or `event: end`,
 * `data:` a RunJson. Ends after `end`; a gateway that stops ends it without one: ask
 * `GET .../{run}` of the next one how the run went.
 */

/** RFC 9457, `application/problem+json`. */
export interface ProblemJson {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** ErrorCode of `errors.ts`, or `INTERNAL`. */
  readonly code: string;
  readonly retryable: boolean;
  /** What to change, where the caller can mend it: field, expected, got. */
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}
