import type { CapturedRow } from '../capture/capture.js';
import { promisesRisk } from '../config/policy-schema.js';
import { InputDriftTest, type Escalations } from '../routing/input-drift-test.js';
import type { HoldoutEvidence } from './evidence.js';
import type { Guarantee } from './guarantee.js';
import type { Certified } from './guarantee-memory.js';
import { isShadowedSure } from './captured-row.js';
import { inputDriftWords } from './input-drift-words.js';
import { isAnswered } from './label-thresholds.js';
import { createRecentInputs } from './recent-inputs.js';
import type { TaskBus } from './task-bus.js';
import { TrafficSeconds } from './traffic-seconds.js';
import { secondOf } from './traffic-tally.js';

/**
 * In modes `risk` and `shadow`, compares traffic with the holdout rows that the threshold rests on,
 * without a label of what the student answers, and tells the guarantee when it has come to hold
 * more of what the student cannot answer. A repeat of an escalated input is not counted, one of a
 * sure input is.
 */
export function watchInputs(
  bus: TaskBus,
  parts: {
    /** The student that serves. */
    readonly slot: { peek(): { readonly version: string } | null };
    readonly guarantee: Guarantee;
    readonly labels: readonly string[];
    readonly now: () => number;
  },
): void {
  const { slot, guarantee, labels, now } = parts;
  const recentInputs = createRecentInputs();
  let seconds = new TrafficSeconds();
  let test: InputDriftTest | null = null;
  /** Whose rows `test` compares with. */
  let testedFor: Certified | null = null;

  /** @returns null while nothing is certified that could be compared with, and during a drift. */
  function presentTest(): InputDriftTest | null {
    const { certified, policy, inputDrift } = guarantee;
    if (certified === null || !promisesRisk(policy.mode) || inputDrift !== null) return null;
    if (certified === testedFor) return test;
    testedFor = certified;
    recentInputs.clear();
    seconds = new TrafficSeconds();
    const { fittedAtMs } = certified;
    const rows = guarantee.certifyingRows.filter(({ createdMs }) => createdMs <= fittedAtMs);
    test =
      rows.length === 0 ? null : new InputDriftTest(referenceOf(rows, guarantee), labels.length);
    return test;
  }

  function add(row: CapturedRow): void {
    const { inputHash, createdMs, teacherLabel } = row;
    if (isShadowedSure(row)) return void seconds.addSure([secondOf(createdMs), 1]);
    if (!isEscalation(row) || !recentInputs.isNew(inputHash)) return;
    const isOutOfScope = row.reason === 'out-of-scope' || row.confidence === 0;
    seconds.addEscalation({ teacherLabel, isOutOfScope }, { createdMs, nowMs: now() });
  }

  bus.on('tallied', ({ sureRows }) => {
    if (presentTest() === null) return; // Who was sure under another policy says nothing.
    for (const sure of sureRows) seconds.addSure(sure);
  });
  bus.on('captured', (rows) => {
    const present = presentTest();
    if (present === null) return;
    const version = slot.peek()?.version;
    for (const row of rows) if (row.studentVersion === version) add(row);
    for (const second of seconds.take(now())) {
      const drift = present.add(second);
      if (drift !== null) return void guarantee.inputsDrifted(inputDriftWords(drift, labels));
    }
  });
}

const escalations = new Set(['unsure', 'out-of-scope', 'shadow']);

/** Asked for once those are out that the student would have answered. */
const isEscalation = ({ route, reason, threshold }: CapturedRow): boolean =>
  route === 'teacher' && threshold !== null && escalations.has(reason);

/** What the student would leave to the teacher now. Out of scope is a confidence of 0. */
function referenceOf(
  rows: readonly HoldoutEvidence[],
  { threshold, labelThresholds }: Guarantee,
): Escalations {
  const thresholds = { threshold, labelThresholds }; // Computed when they are asked for: once.
  const escalations = rows
    .filter((row) => !isAnswered(row, thresholds))
    .map(({ teacherLabel, confidence }) => ({ teacherLabel, isOutOfScope: confidence === 0 }));
  return { rows: rows.length, escalations };
}
