import type { TeacherCheck } from '../capture/capture.js';
import type { IntervalJson } from '../http/api-types.js';
import { agreementInterval } from '../routing/agreement-interval.js';
import { riskFloor } from '../routing/risk-floor.js';
import {
  createChangeDetector,
  hasTeacherChanged,
  updateChangeDetector,
} from '../routing/teacher-change.js';
import { percent, percentSet } from '../task/percent.js';
import type { TaskBus } from './task-bus.js';

/** Newest checks that the shown agreement and the floor look back on. */
const windowChecksMax = 5_000;
/** Checks that are read again at a start: those of 250 million requests at the default rates. */
export const checksReadMax = 100_000;
/** The shown interval misses the truth in at most one case of ten. */
const intervalDelta = 0.1;
/** A target is refused by the floor: it must hardly ever be too high. */
const floorDelta = 0.01;
/** Without a change, inputs on which an answer is odd until a false alarm: so many in the mean. */
const falseAlarmAfter = 1000;

export interface TargetRefusal {
  readonly why: string;
  readonly riskMaxMin: number;
}

/** How far the teacher agrees with itself, from checks of the log. */
export interface TeacherAgreement {
  /** Takes in checks of the log, oldest first, before anything is announced. */
  replay(checks: readonly TeacherCheck[]): void;
  /** How often two answers to one input are equal; null before any. */
  interval(): IntervalJson | null;
  /** No student, however good, has a lower risk on the surest half of inputs; 0: none is shown. */
  riskFloor(): number;
  /** Where a target is below that floor: why, and what can be set instead; null where it is not. */
  refusalOf(riskMax: number): TargetRefusal | null;
  /** When checks showed that it had changed under its name, ms since the epoch; null: never. */
  changedAtMs(): number | null;
}

/** Listens to checks, and announces when they show another teacher under the same version. */
export function createTeacherAgreement(bus: TaskBus): TeacherAgreement {
  const checks: TeacherCheck[] = [];
  let detector = createChangeDetector(1 / falseAlarmAfter);
  let changedAtMs: number | null = null;
  let floor: number | null = null;

  /** @returns true when this check raises the alarm. */
  function add(check: TeacherCheck): boolean {
    checks.push(check);
    if (checks.length > windowChecksMax) checks.shift();
    floor = null;
    // What a former teacher said is no part of the question whether this one has changed.
    if (changedAtMs !== null && check.rowCreatedMs <= changedAtMs) return false;
    detector = updateChangeDetector(detector, [check.label, ...check.newLabels]);
    if (!hasTeacherChanged(detector)) return false;
    changedAtMs = check.checkedMs;
    checks.length = 0; // The agreement shown is that of the teacher of now.
    detector = createChangeDetector(1 / falseAlarmAfter);
    return true;
  }

  const isDifferent = ({ newLabels: [second, third] }: TeacherCheck): boolean => second !== third;
  const agreement: TeacherAgreement = {
    replay: (known) => known.forEach(add),
    interval() {
      if (checks.length === 0) return null;
      const different = checks.filter(isDifferent).length;
      return agreementInterval(checks.length - different, checks.length, intervalDelta);
    },
    riskFloor: () =>
      (floor ??= riskFloor(
        checks.map((check) => ({
          confidence: check.confidence,
          isDifferent: isDifferent(check),
        })),
        floorDelta,
      )),
    refusalOf: (riskMax) => refusalOf(riskMax, agreement),
    changedAtMs: () => changedAtMs,
  };
  bus.on('teacherChecked', (check) => {
    if (add(check)) bus.emit('teacherChanged');
  });
  return agreement;
}

function refusalOf(
  riskMax: number,
  { interval, riskFloor: floorOf }: Pick<TeacherAgreement, 'interval' | 'riskFloor'>,
): TargetRefusal | null {
  const floor = floorOf();
  if (riskMax >= floor) return null;
  const { estimate, low, high, rows } = interval()!;
  const riskMaxMin = Math.ceil(floor * 1000) / 1000; // A tenth of a percent, upwards.
  const why =
    `The teacher disagrees with itself on ${percent(1 - estimate)} (${percent(1 - high)} to ` +
    `${percent(1 - low)}) of ${rows} rows that it was asked about twice: even on the surest half ` +
    `of inputs no student can differ from it on less than ${percent(floor)}. A target of ` +
    `${percentSet(riskMax)} is below that floor: set riskMax to at least ` +
    `${percentSet(riskMaxMin)}.`;
  return { why, riskMaxMin };
}
