import type { CapturedRow } from '../capture/capture.js';
import { promisesRisk } from '../config/policy-schema.js';
import type { Guarantee } from './guarantee.js';
import { labelShiftWords } from './input-drift-words.js';
import { LabelMix } from './label-mix.js';
import { inOrder, RowsInOrder } from './rows-in-order.js';
import type { TaskBus } from './task-bus.js';

export interface LabelMixWatch {
  /** Rows of requests up to then are of another mix, ms since the epoch. */
  sinceMs(): number;
  /** Takes in holdout rows that were labelled before the watch began. */
  replay(rows: readonly CapturedRow[]): void;
}

/**
 * Watches the labels that the teacher gives holdout rows, in the order of their requests. Nothing
 * else starts it anew than a change of the traffic that was noticed, or of the teacher: what
 * students were promoted meanwhile is all one.
 *
 * A start replays the log, but its newest rows alone: where more came since the last change, the
 * first of those become the reference, and a slower shift is forgotten.
 */
export function watchLabelMix(
  bus: TaskBus,
  parts: {
    readonly labels: readonly string[];
    readonly guarantee: Guarantee;
    /** Request of the oldest holdout row that waits for its label; null: none does. */
    readonly oldestPendingMs: () => number | null;
    readonly now: () => number;
  },
): LabelMixWatch {
  const { labels, guarantee, oldestPendingMs, now } = parts;
  const sinceMs = (): number => guarantee.inputDrift?.sinceMs ?? guarantee.evidenceAfterMs;
  let mix = new LabelMix(sinceMs(), labels.length);
  const startAnewAfterChange = (): void => {
    if (mix.sinceMs !== sinceMs()) mix = new LabelMix(sinceMs(), labels.length);
  };
  const coming = new RowsInOrder<CapturedRow>();
  const lost = (): void => {
    coming.forget();
    mix.labelsLost();
  };
  bus.on('captured', (rows) => {
    const held = rows.filter(({ isHoldout }) => isHoldout);
    if (held.length === 0) return;
    if (!coming.hold(held, now())) mix.labelsLost();
    startAnewAfterChange();
    for (const row of coming.release(now(), oldestPendingMs())) {
      const shift = mix.take(row);
      if (shift === null || guarantee.certified === null) continue;
      if (!promisesRisk(guarantee.policy.mode) || guarantee.inputDrift !== null) continue;
      return void guarantee.inputsDrifted(labelShiftWords(shift, labels));
    }
  });
  bus.on('labellingLost', lost);
  bus.on('labelsOverBudget', lost);
  return {
    sinceMs,
    replay(rows) {
      startAnewAfterChange();
      for (const row of [...rows].sort(inOrder)) mix.take(row);
    },
  };
}
