import type { Registry } from '../registry/registry.js';
import type { StudentOptions } from '../student/onnx-student.js';
import type { TaskSpec } from '../task/task.js';
import type { Escalate } from './ask-teacher.js';
import type { PendingRow } from './captured-row.js';
import type { ServedView } from './followers.js';
import type { TrafficTally } from './traffic-tally.js';

/** What a process that only answers predictions must know of a task. */
export interface WorkerTaskSeed {
  readonly spec: TaskSpec;
  readonly teacherName: string;
  readonly teacherCostPerRowUsd: number;
  readonly machineCostPerHourUsd: number;
  readonly studentOptions: Omit<StudentOptions, 'inputs'>;
  readonly cacheBytesMax: number;
  /** Hashes of inputs that are never holdout rows. */
  readonly seedHashes: ReadonlySet<string>;
}

/** What such processes ask of the one that has the task. */
export interface WorkerSupport {
  readonly seed: WorkerTaskSeed;
  /** What answers requests now. */
  served(): ServedView;
  bundleDirOf(version: string): Promise<string>;
  readonly escalate: Escalate;
  label(row: PendingRow): void;
  labellingLost(rows: number, error: unknown): void;
  tally(tally: TrafficTally): void;
}

/** The directory of a version. */
export const bundleDirIn =
  (registry: Registry) =>
  async (version: string): Promise<string> =>
    (await registry.read(version)).dir;
