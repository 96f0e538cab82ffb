import type { CapturedRow } from '../capture/capture.js';
import type { IntervalJson } from '../http/api-types.js';
import { agreementInterval } from '../routing/agreement-interval.js';
import { labelOf } from './draft-answer.js';

/** Served holdout rows that the shown agreement looks back on. */
const windowRowsMax = 1000;

export interface AgreementWindow {
  add(row: CapturedRow): void;
  /** Null before the first served holdout row. */
  interval(): IntervalJson | null;
}

/**
 * Agreement of the student's answers with the teacher, over the newest holdout rows that the student
 * answered. Exact interval of 90 % for a fixed window (Clopper-Pearson).
 */
export function createAgreementWindow(): AgreementWindow {
  const agrees: boolean[] = [];
  return {
    add(row) {
      if (!isServedHoldout(row)) return;
      agrees.push(!disagrees(row));
      if (agrees.length > windowRowsMax) agrees.shift();
    },
    interval() {
      if (agrees.length === 0) return null;
      return agreementInterval(agrees.filter(Boolean).length, agrees.length, 0.1);
    },
  };
}

/** A holdout row whose caller got the student's answer because the student was sure. */
export const isServedHoldout = (row: CapturedRow): boolean =>
  row.isHoldout && row.route === 'student' && row.reason === 'confident';

/** The student's label differs from the teacher's; a row without a student never disagrees. */
export const disagrees = (row: CapturedRow): boolean =>
  row.studentLogits !== null && labelOf(row.studentLogits) !== row.teacherLabel;
