import type { CapturedRow } from '../capture/capture.js';
import type { IntervalJson } from '../http/api-types.js';
import { confidenceSequence } from '../routing/confidence-sequence.js';
import { isServedHoldout, labelOf } from './captured-row.js';
import { createRecentInputs } from './recent-inputs.js';
import type { TaskBus } from './task-bus.js';

/** In nine of ten cases the intervals shown hold at every moment, all of them together. */
const delta = 0.1;

export interface ShownAgreement {
  /** Takes in rows of the log, oldest first: after a restart it begins with those. */
  replay(rows: readonly CapturedRow[]): void;
  /** Null before the first holdout row that counts. */
  interval(): IntervalJson | null;
}

interface ShownStudent {
  readonly version: string;
  readonly manifest: { readonly labels: readonly string[] };
}

export interface ShownAgreementParts {
  /** The student that serves. */
  readonly slot: { peek(): ShownStudent | null };
  /** `evidenceAfterMs`: moment of the last alarm. */
  readonly guarantee: { readonly evidenceAfterMs: number };
}

/**
 * Agreement of the student's answers with the teacher, since the student was promoted or the
 * guarantee last raised an alarm, whichever is later. Over all holdout rows that the student has
 * answered since, with an interval that stays right however often people look.
 *
 * Not over the newest rows alone: no interval over a sliding window stays right under continuous
 * looking, and what a sliding mean is good for, seeing that the world changes, the guarantee's
 * detector does better. Two counts and the newest inputs are all that is kept.
 *
 * Answers of former students say nothing about the present one, requests before an alarm are of
 * another world: they are left out.
 */
export function createShownAgreement(
  bus: TaskBus,
  { slot, guarantee }: ShownAgreementParts,
): ShownAgreement {
  const recentInputs = createRecentInputs();
  let of = present();
  let [rows, agreeing] = [0, 0];

  function present() {
    const student = slot.peek();
    const classCount = student?.manifest.labels.length ?? 0;
    const afterMs = guarantee.evidenceAfterMs;
    return { version: student?.version ?? null, classCount, afterMs };
  }
  function startAnewOnChange(): void {
    const now = present();
    if (now.version === of.version && now.afterMs === of.afterMs) return;
    of = now;
    [rows, agreeing] = [0, 0];
    recentInputs.clear();
  }
  function add(row: CapturedRow): void {
    if (!isServedHoldout(row) || row.studentLogits === null) return;
    if (row.studentVersion !== of.version || row.createdMs <= of.afterMs) return;
    if (!recentInputs.isNew(row.inputHash)) return;
    rows++;
    const label = labelOf(row.studentLogits, of.classCount);
    agreeing += Number(label === row.teacherLabel);
  }
  function replay(captured: readonly CapturedRow[]): void {
    startAnewOnChange();
    captured.forEach(add);
  }
  bus.on('captured', replay);

  return {
    replay,
    interval() {
      startAnewOnChange();
      if (rows === 0) return null;
      const bounds = confidenceSequence({ successes: agreeing, trials: rows }, delta);
      return { estimate: agreeing / rows, ...bounds, rows };
    },
  };
}
