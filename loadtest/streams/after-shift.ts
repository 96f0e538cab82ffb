import type { ReplayedRow, ReplayEvent } from '../../src/replay/replayed-row.js';

/** What came after the mix of a stream had changed. */
export interface AfterShift {
  /** Rows from the change to the first alarm; null without one. */
  readonly rowsToAlarm: number | null;
  /** Rows from the change to where the running disagreement is under the bound to stay. */
  readonly rowsToBound: number | null;
  /** Highest running disagreement after the change. */
  readonly highest: number;
  /** Student answers that differed until then, over what the bound allows; 0 at least. */
  readonly excessErrors: number;
}

/** Of the inputs, which raises the threshold, and of the answers, which withdraws it. */
const alarms = ['inputs-drifted', 'certificate-lost'];

/** Student answers that the running disagreement looks back over. */
export const runningAnswers = 500;

/**
 * Measures how a gateway came through a change of its traffic.
 *
 * The running disagreement after a row is the share of the newest 500 student answers that differ
 * from the teacher's.
 */
export function afterShift(
  rows: readonly ReplayedRow[],
  events: readonly ReplayEvent[],
  { shiftAtRow, riskMax }: { readonly shiftAtRow: number; readonly riskMax: number },
): AfterShift {
  const alarm = events.find(({ atRow, kind }) => atRow > shiftAtRow && alarms.includes(kind));
  const newest: boolean[] = [];
  let different = 0;
  let highest = 0;
  let lastAbove = shiftAtRow;
  rows.forEach(({ route, answer, teacherLabel }, index) => {
    if (route !== 'student') return;
    newest.push(answer !== teacherLabel);
    if (newest.at(-1)) different++;
    if (newest.length > runningAnswers && newest.shift()) different--;
    if (index < shiftAtRow || newest.length < runningAnswers) return;
    const running = different / newest.length;
    highest = Math.max(highest, running);
    if (running > riskMax) lastAbove = index + 1;
  });
  const until = rows.slice(shiftAtRow, lastAbove).filter(({ route }) => route === 'student');
  const wrong = until.filter(({ answer, teacherLabel }) => answer !== teacherLabel).length;
  return {
    rowsToAlarm: alarm === undefined ? null : alarm.atRow - shiftAtRow,
    rowsToBound: lastAbove === rows.length ? null : lastAbove - shiftAtRow,
    highest,
    excessErrors: Math.max(0, wrong - riskMax * until.length),
  };
}
