import type { OnnxStudent, StudentSettings } from '../student/onnx-student.js';
import type { Slot } from '../student/student-slot.js';
import type { TaskSpec } from '../task/task.js';
import type { Escalate } from './ask-teacher.js';
import type { PendingRow } from './captured-row.js';
import { servedView, type ServedView, type StudentSource } from './followers.js';
import type { HoldoutLabeller } from './holdout-labeller.js';
import { sourceOf } from './open-everywhere.js';
import type { PromiseView } from './promise-view.js';
import type { TaskBus } from './task-bus.js';
import { studentSettingsOf, type TaskParts } from './task-parts.js';
import type { TrafficTally } from './traffic-tally.js';

/** What a process that only answers predictions must know of a task. */
export interface WorkerTaskSeed {
  readonly spec: TaskSpec;
  readonly teacherName: string;
  readonly teacherCostPerRowUsd: number;
  readonly machineCostPerHourUsd: number;
  readonly studentSettings: StudentSettings;
  readonly cacheBytesMax: number;
  readonly recentBytesMax: number;
  /** Hashes of inputs that are never holdout rows. */
  readonly seedHashes: ReadonlySet<string>;
}

/** What such processes ask of the one that has the task. */
export interface WorkerSupport {
  readonly seed: WorkerTaskSeed;
  /** What answers requests now. */
  served(): ServedView;
  /** What it takes to load a version. */
  sourceOf(version: string): Promise<StudentSource>;
  readonly escalate: Escalate;
  label(row: PendingRow): void;
  labellingLost(rows: number, error: unknown): void;
  tally(tally: TrafficTally): void;
}

/** Wires what the processes beside this one may ask of a task. */
export function createWorkerSupport(
  parts: TaskParts,
  wired: {
    readonly slot: Slot<OnnxStudent>;
    readonly promise: PromiseView;
    readonly labeller: HoldoutLabeller;
    readonly bus: TaskBus;
    readonly escalate: Escalate;
  },
): WorkerSupport {
  const { spec, teacher, config } = parts;
  const goldenInputs = parts.goldenRows.map(({ input }) => input);
  const { slot, promise, labeller, bus, escalate } = wired;
  return {
    seed: {
      spec,
      teacherName: teacher.name,
      teacherCostPerRowUsd: teacher.costPerRowUsd,
      machineCostPerHourUsd: config.machineCostPerHourUsd,
      studentSettings: studentSettingsOf(parts),
      cacheBytesMax: config.serving.cacheBytesMax,
      recentBytesMax: config.serving.recentBytesMax,
      seedHashes: parts.seedHashes,
    },
    served: () => servedView(slot, promise),
    sourceOf: (version) => sourceOf(version, { ...parts, goldenInputs }),
    escalate,
    label: (row) => labeller.add(row),
    labellingLost: (rows, error) => void bus.emit('labellingLost', rows, error),
    tally: (tally) => void bus.emit('tallied', tally),
  };
}
