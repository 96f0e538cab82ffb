import type { CapturedRow } from '../capture/capture.js';
import type { IntervalJson } from '../http/api-types.js';
import { agreementInterval } from '../routing/agreement-interval.js';
import { isServedHoldout, labelOf } from './captured-row.js';
import type { TaskBus } from './task-bus.js';

/** Served holdout rows that the shown agreement looks back on. */
export const windowRowsMax = 1000;
/** The interval misses the true agreement in at most one case of ten. */
const delta = 0.1;

export interface AgreementWindow {
  /** Takes in rows of the log, oldest first: a restart forgets nothing. */
  replay(rows: readonly CapturedRow[]): void;
  /** Null before the first holdout row that the present student answered. */
  interval(): IntervalJson | null;
}

/**
 * Agreement of the student's answers with the teacher, over the newest holdout rows that the
 * student answered, each input once: repeats prove nothing. Exact interval for a fixed window.
 * Answers of former students say nothing about the present one: they are left out.
 *
 * @param serving  version of the present student, or null when there is none.
 */
export function createAgreementWindow(bus: TaskBus, serving: () => string | null): AgreementWindow {
  const agreesByInput = new Map<string, boolean>();
  let version = serving();

  function forgetFormerStudent(): void {
    if (serving() === version) return;
    version = serving();
    agreesByInput.clear();
  }
  function add(row: CapturedRow): void {
    if (!isServedHoldout(row) || row.studentLogits === null) return;
    if (row.studentVersion !== version) return;
    agreesByInput.delete(row.inputHash); // The newest goes to the end.
    agreesByInput.set(row.inputHash, labelOf(row.studentLogits) === row.teacherLabel);
    if (agreesByInput.size <= windowRowsMax) return;
    const [oldest] = agreesByInput.keys();
    agreesByInput.delete(oldest!);
  }
  function replay(rows: readonly CapturedRow[]): void {
    forgetFormerStudent();
    rows.forEach(add);
  }
  bus.on('captured', replay);

  return {
    replay,
    interval() {
      forgetFormerStudent();
      if (agreesByInput.size === 0) return null;
      const agreeing = [...agreesByInput.values()].filter(Boolean).length;
      return agreementInterval(agreeing, agreesByInput.size, delta);
    },
  };
}
