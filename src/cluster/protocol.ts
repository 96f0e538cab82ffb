import type { AddressInfo } from 'node:net';
import type { Config } from '../config/settings.js';
import type { Draft } from '../serving/draft.js';
import type { PendingRow } from '../serving/captured-row.js';
import type { TeacherPart } from '../serving/ask-teacher.js';
import type { ServedView, StudentSource } from '../serving/followers.js';
import type { RecentAnswer } from '../serving/recent-answers.js';
import type { TrafficTally } from '../serving/traffic-tally.js';
import type { WorkerTaskSeed } from '../serving/worker-support.js';
import type { KeyBudget, PredictRequest } from '../task/task-service.js';
import type { MetricsJson } from '../telemetry/metrics.js';

export interface WorkerStart {
  /** 1, 2, ...: names the worker in metrics and log. */
  readonly number: number;
  readonly config: Config;
  readonly holdoutKey: Uint8Array;
  /** Where the primary answers everything but predictions. */
  readonly primarySocket: string;
  readonly tasks: readonly WorkerTaskSeed[];
}

interface Call<Argument, Result = void> {
  readonly argument: Argument;
  readonly result: Result;
}

/** What the primary asks of a worker. */
export type WorkerCalls = {
  readonly open: Call<WorkerStart>;
  /** @throws {InvalidConfigError} when the port can not be had. */
  readonly listen: Call<{ readonly port: number }, AddressInfo>;
  /** Loads a version beside the one that serves, and checks it. */
  readonly prepare: Call<{ readonly task: string; readonly source: StudentSource }>;
  /** Puts the prepared version in front, and the promise that speaks of it, in one turn. */
  readonly commit: Call<{ readonly task: string; readonly served: ServedView }>;
  readonly abandon: Call<{ readonly task: string }>;
  /** What is in force for the version that it names; of no use to a worker with another one. */
  readonly show: Call<{ readonly task: string; readonly served: ServedView }>;
  /** An answer that it has given lately, or null. */
  readonly recall: Call<{ readonly task: string; readonly id: string }, RecentAnswer | null>;
  /** Forgets the answers that speak of a subject. */
  readonly forget: Call<{ readonly task: string; readonly subject: string }>;
  readonly metrics: Call<null, MetricsJson>;
  /** Answers what is in flight, and takes no more. */
  readonly drain: Call<null, MetricsJson>;
};

/** What a worker asks of the primary. */
export type PrimaryCalls = {
  /** The worker listens to messages now: those sent before are lost. */
  readonly hello: Call<null>;
  /** As `askTeacher`; `timeoutMs` is what is left of the caller's own time, or null. */
  readonly escalate: Call<
    {
      readonly task: string;
      readonly drafts: readonly Draft[];
      readonly route: PredictRequest['route'];
      readonly timeoutMs: number | null;
      readonly keyBudget: KeyBudget | null;
    },
    TeacherPart
  >;
  readonly label: Call<{ readonly task: string; readonly row: PendingRow }>;
  readonly labellingLost: Call<{
    readonly task: string;
    readonly rows: number;
    readonly why: string;
  }>;
  readonly tally: Call<{ readonly task: string; readonly tally: TrafficTally }>;
  /** What it has counted so far. */
  readonly metrics: Call<MetricsJson>;
  /** It takes no new connections. Answered when no worker does. */
  readonly portClosed: Call<null>;
};
