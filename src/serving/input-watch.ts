import type { CapturedRow } from '../capture/capture.js';
import { InputDriftTest, type Escalations } from '../routing/input-drift-test.js';
import type { HoldoutEvidence } from './evidence.js';
import type { Guarantee } from './guarantee.js';
import type { Certified } from './guarantee-memory.js';
import { inputDriftWords } from './input-drift-words.js';
import { isAnswered } from './label-thresholds.js';
import { createRecentInputs } from './recent-inputs.js';
import type { TaskBus } from './task-bus.js';
import { TrafficSeconds } from './traffic-seconds.js';

/**
 * In mode `risk`, compares traffic with the holdout rows that the threshold rests on, without a
 * label of what the student answers, and tells the guarantee when it has come to hold more of what
 * the student cannot answer. A repeat of an escalated input is not counted, one of a sure input is.
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
    if (certified === null || policy.mode !== 'risk' || inputDrift !== null) return null;
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

  function addEscalation({ inputHash, createdMs, teacherLabel, reason }: CapturedRow): void {
    if (!recentInputs.isNew(inputHash)) return;
    const isOutOfScope = reason === 'out-of-scope';
    seconds.addEscalation({ teacherLabel, isOutOfScope }, { createdMs, nowMs: now() });
  }

  bus.on('tallied', ({ sureRows }) => {
    for (const sure of sureRows) seconds.addSure(sure);
  });
  bus.on('captured', (rows) => {
    const present = presentTest();
    if (present === null) return;
    const version = slot.peek()?.version;
    for (const row of rows)
      if (isEscalation(row) && row.studentVersion === version) addEscalation(row);
    for (const second of seconds.take(now())) {
      const drift = present.add(second);
      if (drift !== null) return void guarantee.inputsDrifted(inputDriftWords(drift, labels));
    }
  });
}

const isEscalation = ({ route, reason }: CapturedRow): boolean =>
  route === 'teacher' && (reason === 'unsure' || reason === 'out-of-scope');

/** What the student would leave to the teacher now. Out of scope is a confidence of 0. */
function referenceOf(rows: readonly HoldoutEvidence[], guarantee: Guarantee): Escalations {
  const escalations = rows
    .filter((row) => !isAnswered(row, guarantee))
    .map(({ teacherLabel, confidence }) => ({ teacherLabel, isOutOfScope: confidence === 0 }));
  return { rows: rows.length, escalations };
}
