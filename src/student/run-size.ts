import { runsAlone, type Batching } from '../model/compare-runs.js';
import type { CostPoint } from '../model/measure-model.js';
import type { ModelRunner } from '../model/model-runner.js';
import { chooseRunRows, createCostCurve } from './cost-curve.js';

/** How many rows a run may have, by what runs have cost so far. */
export interface RunSize {
  readonly rows: () => number;
  /** Ms that a run of so many rows takes now. */
  readonly runMs: (rows: number) => number;
  /** Takes in a run of the traffic. */
  readonly observe: (rows: number, ms: number) => void;
}

/** Rows of one run at most: nothing was found to gain past it, and a run stays short. */
export const runRowsMax = 64;
/** A run on the event loop holds up everything else: batches of it stop at about this, ms. */
const inlineRunMsTarget = 1;
/** Runs between two looks at the curve. */
const runsBetween = 32;

export interface RunSizeOptions {
  readonly curve: readonly CostPoint[];
  readonly batching: Batching;
  readonly kind: ModelRunner['kind'];
  /** Time that a run may take, ms. */
  readonly runMsTarget: number;
}

/**
 * Adapts the size of runs to the measured cost curve and to the target, and follows the speed of
 * the machine. Rows that would disturb each other run alone.
 */
export function createRunSize({ curve, batching, kind, runMsTarget }: RunSizeOptions): RunSize {
  const costs = createCostCurve(curve);
  const latencyTargetMs =
    kind === 'inline' ? Math.min(inlineRunMsTarget, runMsTarget) : runMsTarget;
  const rowsMax = runsAlone(batching) ? 1 : curve.at(-1)!.rows;
  const choose = (): number => chooseRunRows(costs, { latencyTargetMs, rowsMax });
  let rows = choose();
  let untilLook = runsBetween;

  return {
    rows: () => rows,
    runMs: (count) => costs.runMs(count),
    observe(runRows, ms) {
      costs.observe(runRows, ms);
      if (--untilLook > 0) return;
      untilLook = runsBetween;
      rows = choose();
    },
  };
}
