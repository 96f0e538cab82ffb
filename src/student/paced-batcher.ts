import type { Batching } from '../model/compare-runs.js';
import type { CostPoint } from '../model/measure-model.js';
import type { ModelRunner } from '../model/model-runner.js';
import {
  createConcurrencyLimit,
  createFixedLimit,
  type ConcurrencyLimit,
} from './concurrency-limit.js';
import { createMicroBatcher, type MicroBatcher } from './micro-batcher.js';
import { createRunSize } from './run-size.js';

export interface PacedBatcher {
  readonly batcher: MicroBatcher;
  /** What a request takes room in before it asks. */
  readonly limit: ConcurrencyLimit;
  /** Rows of a run at most, as adapted by now. */
  readonly runRowsMax: () => number;
}

export interface PacedBatcherOptions {
  /** What runs cost, as measured. */
  readonly curve: readonly CostPoint[];
  readonly batching: Batching;
  /** Time that a run may take, ms. */
  readonly runMsTarget: number;
  /** Rows that may wait. */
  readonly queueRowsMax: number;
  /** Lets in as many rows as are answered quickly; else as many as may wait. */
  readonly isLimitAdaptive: boolean;
  /** A clock that never goes back. */
  readonly nowMs: () => number;
}

/** Puts a micro-batcher before a model, with runs and a limit that follow what the model costs. */
export function createPacedBatcher(
  runner: ModelRunner,
  options: PacedBatcherOptions,
): PacedBatcher {
  const { curve, batching, runMsTarget, queueRowsMax, isLimitAdaptive, nowMs } = options;
  const size = createRunSize({ curve, batching, kind: runner.kind, runMsTarget });
  const batcher = createMicroBatcher(runner, {
    runRowsMax: size.rows,
    queueRowsMax,
    runMs: size.runMs,
    onRun: size.observe,
    nowMs,
  });
  const limit = isLimitAdaptive
    ? createConcurrencyLimit({
        runMs: size.runMs,
        // Of the shape of the curve, not of the speed that it was measured at.
        runRowsMax: curve.at(-1)!.rows,
        runRows: size.rows,
        rowMs: batcher.rowMs,
        limitRowsMax: queueRowsMax,
        aheadRows: batcher.aheadRows,
        lanes: runner.lanes,
        nowMs,
      })
    : createFixedLimit(queueRowsMax);
  return { batcher, limit, runRowsMax: size.rows };
}
