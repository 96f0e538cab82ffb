import type { Capture, CapturedRow } from '../capture/capture.js';
import { promisesRisk } from '../config/policy-schema.js';
import type { Guarantee } from './guarantee.js';
import { labelShiftWords } from './input-drift-words.js';
import { LabelMix } from './label-mix.js';
import { inOrder, RowsInOrder } from './rows-in-order.js';
import type { TaskBus } from './task-bus.js';

/** Newest holdout rows that a start reads. */
const rowsReadMax = 5_000;

/**
 * Watches the labels that the teacher gives holdout rows, in the order of their requests. Nothing
 * else starts it anew than a change of the traffic that was noticed, or of the teacher: what
 * students were promoted meanwhile is all one.
 *
 * A start reads the log, but its newest rows alone: where more than `rowsReadMax` came since the
 * last change, the first of those become the reference, and a slower shift is forgotten.
 */
export async function watchLabelMix(
  bus: TaskBus,
  parts: {
    readonly task: string;
    readonly teacherVersion: string;
    readonly labels: readonly string[];
    readonly guarantee: Guarantee;
    readonly capture: Pick<Capture, 'readHoldout'>;
    /** Request of the oldest holdout row that waits for its label; null: none does. */
    readonly oldestPendingMs: () => number | null;
    readonly now: () => number;
  },
): Promise<void> {
  const { task, teacherVersion, labels, guarantee, capture, oldestPendingMs, now } = parts;
  const sinceMs = (): number => guarantee.inputDrift?.sinceMs ?? guarantee.evidenceAfterMs;
  let mix = new LabelMix(sinceMs(), labels.length);
  const filter = { task, teacherVersion, rowsMax: rowsReadMax, createdAfterMs: mix.sinceMs };
  const logged = await capture.readHoldout(filter);
  for (const row of [...logged].sort(inOrder)) mix.take(row);

  const coming = new RowsInOrder<CapturedRow>();
  const lost = (): void => {
    coming.forget();
    mix.labelsLost();
  };
  bus.on('captured', (rows) => {
    const held = rows.filter(({ isHoldout }) => isHoldout);
    if (held.length === 0) return;
    if (!coming.hold(held, now())) mix.labelsLost();
    if (mix.sinceMs !== sinceMs()) mix = new LabelMix(sinceMs(), labels.length);
    for (const row of coming.release(now(), oldestPendingMs())) {
      const shift = mix.take(row);
      if (shift === null || guarantee.certified === null) continue;
      if (!promisesRisk(guarantee.policy.mode) || guarantee.inputDrift !== null) continue;
      return void guarantee.inputsDrifted(labelShiftWords(shift, labels));
    }
  });
  bus.on('labellingLost', lost);
  bus.on('labelsOverBudget', lost);
}
