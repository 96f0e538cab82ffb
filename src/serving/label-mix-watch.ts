import type { Capture, CapturedRow } from '../capture/capture.js';
import { promisesRisk } from '../config/policy-schema.js';
import type { Guarantee } from './guarantee.js';
import { labelShiftWords } from './input-drift-words.js';
import { LabelMix } from './label-mix.js';
import { byRequest, createRequestOrder } from './request-order.js';
import type { TaskBus } from './task-bus.js';

/** Newest holdout rows that a start reads; those of the reference among them while they are few. */
const rowsReadMax = 5_000;

/**
 * Watches the labels that the teacher gives holdout rows. Nothing else starts it anew than a change
 * of the traffic that was noticed, or of the teacher: what students were promoted meanwhile is all
 * one. What it knows is in the log, and read from there at the start: the newest `rowsReadMax`
 * rows, of which the oldest are then the reference.
 */
export async function watchLabelMix(
  bus: TaskBus,
  parts: {
    readonly task: string;
    readonly teacherVersion: string;
    readonly labels: readonly string[];
    readonly guarantee: Guarantee;
    readonly capture: Pick<Capture, 'readHoldout'>;
  },
): Promise<void> {
  const { task, teacherVersion, labels, guarantee, capture } = parts;
  const sinceMs = (): number => guarantee.inputDrift?.sinceMs ?? guarantee.evidenceAfterMs;
  let mix = new LabelMix(sinceMs(), labels.length);
  const filter = { task, teacherVersion, rowsMax: rowsReadMax, createdAfterMs: mix.sinceMs };
  for (const row of [...(await capture.readHoldout(filter))].sort(byRequest)) mix.take(row);

  function look(row: CapturedRow): void {
    if (mix.sinceMs !== sinceMs()) mix = new LabelMix(sinceMs(), labels.length);
    const shift = mix.take(row);
    if (shift === null || guarantee.certified === null) return;
    if (!promisesRisk(guarantee.policy.mode) || guarantee.inputDrift !== null) return;
    guarantee.inputsDrifted(labelShiftWords(shift, labels));
  }
  const inOrder = createRequestOrder<CapturedRow>();
  bus.on('captured', (rows) => {
    for (const row of rows) if (row.isHoldout) inOrder.take(row).forEach(look);
  });
  const lost = (): void => mix.labelsLost();
  bus.on('labellingLost', lost);
  bus.on('labelsOverBudget', lost);
}
