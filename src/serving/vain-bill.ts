import { costOf, type Bill, type TeacherAnswer } from '../teacher/teacher.js';

/** Compares what a call has cost with what of it came to somebody. */
export interface VainBill {
  /** What attempts have cost, or may have: called when all have ended, and for each later one. */
  readonly settled: (bill: Pick<Bill, 'usd'>) => void;
  /** What was given to whoever asked, or put where it counts as spent. */
  readonly given: (answers: readonly Pick<TeacherAnswer, 'costUsd'>[]) => void;
}

/**
 * Some of what is paid comes to nobody: attempts that failed and may have been billed, answers that
 * came when their caller was gone. Budgets count it as spent, and so must what is shown.
 *
 * @param tell  hears it, US dollars > 0, when both are known, and what is added to it later.
 */
export function createVainBill(tell: (usd: number) => void): VainBill {
  let settledUsd: number | null = null;
  let givenUsd: number | null = null;
  let toldUsd = 0;
  function compare(): void {
    if (settledUsd === null || givenUsd === null) return;
    const usd = settledUsd - givenUsd - toldUsd;
    if (usd <= roundingError * settledUsd) return;
    toldUsd += usd;
    tell(usd);
  }
  return {
    settled({ usd }) {
      settledUsd = (settledUsd ?? 0) + usd;
      compare();
    },
    given(answers) {
      givenUsd = costOf(answers);
      compare();
    },
  };
}

/** Of sums of money. */
const roundingError = 1e-9;
