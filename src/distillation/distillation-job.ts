import type { CapturePlace } from '../capture/capture.js';
import type { TaskConfig } from '../config/task-config.js';
import type { TaskSpec } from '../task/task.js';
import type { RiskTarget } from './evaluate-candidate.js';
import type { GoldenLabels } from './grade-teacher.js';
import type { RunProgress } from './progress.js';
import type { RunResult } from './run-distillation.js';

/** Everything that a run needs to know, as plain data: it goes to another process. */
export interface DistillationJob {
  readonly task: TaskSpec;
  readonly limits: TaskConfig['distillation'];
  /** Directory of the task file: a trainer of its own is started in it. */
  readonly configDir: string;
  /** The target that a candidate is judged by. */
  readonly target: RiskTarget;
  readonly teacher: { readonly name: string; readonly version: string };
  readonly capturePlace: CapturePlace;
  /** Directory of this run: `snapshot/` and `candidate/` are made in it. */
  readonly runDir: string;
  /** Bundle to make a smaller one of; absent: the run distils. */
  readonly compressedBundleDir?: string;
  /** Bundle that serves now, or null. */
  readonly parentBundleDir: string | null;
  /** Where training starts: what the one that serves, in 8 bits, was made of. Absent: there. */
  readonly startBundleDir?: string;
  /** Labelled files of the task, or null. */
  readonly seedFile: string | null;
  readonly goldenFile: string | null;
  /** What the teacher says of golden rows, where it was asked. */
  readonly goldenLabels: GoldenLabels;
  /** When the run starts, ms since the epoch. */
  readonly nowMs: number;
  /** Requests up to this moment came before a drift alarm: they choose nothing any more. */
  readonly evidenceAfterMs: number;
  /** No person has asked for the run: without a row that is new it trains nobody. */
  readonly isByItself?: boolean;
}

/** What the process of a run says: any number of steps, then how it ended. */
export type DistillationMessage =
  | { readonly kind: 'progress'; readonly progress: RunProgress }
  | { readonly kind: 'result'; readonly result: RunResult }
  | { readonly kind: 'failed'; readonly reason: string };
