import { holdoutUseOf } from '../distillation/holdout-use.js';
import type { TaskBus } from './task-bus.js';

/** Inputs that the pace looks back on. */
const inputsMax = 100;
/** With fewer of them it is not told. */
const inputsMin = 10;

export interface HoldoutPace {
  /** Time until so many more holdout rows can certify, ms; null while nobody can say. */
  waitMs(rows: number): number | null;
}

/**
 * Sees how fast holdout rows that certify come in, each input once. Where traffic has stopped the
 * pace falls with the time that passes.
 */
export function createHoldoutPace(bus: TaskBus, now: () => number): HoldoutPace {
  /** When each input came last. */
  const cameMs = new Map<string, number>();
  bus.on('captured', (rows) => {
    for (const { isHoldout, inputHash } of rows) {
      if (!isHoldout || cameMs.has(inputHash) || holdoutUseOf(inputHash) !== 'certify') continue;
      cameMs.set(inputHash, now());
      if (cameMs.size <= inputsMax) continue;
      const [oldest] = cameMs.keys();
      cameMs.delete(oldest!);
    }
  });
  return {
    waitMs(rows) {
      if (cameMs.size < inputsMin) return null;
      const [firstMs] = cameMs.values();
      return (rows * (now() - firstMs!)) / (cameMs.size - 1);
    },
  };
}
