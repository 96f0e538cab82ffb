import { Cron } from 'croner';
import { InvalidConfigError } from '../errors.js';

export type RunTrigger = 'schedule' | 'rows' | 'drift';

export interface SchedulerOptions {
  /** Cron expression in UTC, or null for never. */
  readonly schedule: string | null;
  /** New training rows that start a run, or null for never. */
  readonly everyRows: number | null;
  /** Starts a run when the training rows have grown by this share since the last; null: never. */
  readonly growth: number | null;
  /** Training rows from which `growth` counts: no run makes sense with fewer. */
  readonly rowsMin: number;
  /** Training rows that are there already. */
  readonly rowsBefore: number;
  /** An alarm from before the start is still on; absent: none. */
  readonly isAlarmOn?: boolean;
  readonly startRun: (trigger: RunTrigger) => void;
}

export interface Scheduler {
  /** Call for each captured row that may be trained on. */
  rowCaptured(): void;
  /** Call when a run starts, whoever asked for it. */
  runStarted(): void;
  /** Call when a run has ended, whatever its end. */
  runEnded(run: { readonly trigger: string; readonly state: string }): void;
  driftDetected(): void;
  /** The alarm is over: a threshold is certified again. */
  driftEnded(): void;
  /** Nothing is started any more. */
  stop(): void;
}

/**
 * Just after an alarm there are no holdout rows of the new world yet to choose a candidate by, so a
 * run is skipped: it is asked for again whenever this many training rows have come. After one that
 * came to a verdict, when the rows have also grown by this share: its student was not enough.
 */
const driftRetryRows = 200;
const driftRetryGrowth = 0.25;

/**
 * Starts distillation runs by clock, by captured rows, and after a drift alarm: at once, and again
 * while the alarm is on. It only asks: the lease decides who runs.
 *
 * @throws {InvalidConfigError} when the cron expression is not one.
 */
export function createScheduler(options: SchedulerOptions): Scheduler {
  const { schedule, everyRows, growth, rowsMin } = options;
  /** Rows that came during a run count: its dataset was read at its start. */
  let rowsSinceStart = 0;
  /** At the start of the last run; a process that starts knows of none before it. */
  let rowsAtStart = options.rowsBefore;
  let isRunning = false;
  let isAlarmOn = options.isAlarmOn ?? false;
  let driftAfterRows = driftRetryRows;
  let isStopped = false;
  let job: Cron | null = null;

  function startRun(trigger: RunTrigger): void {
    if (isStopped) return;
    countAnew(); // Also when it is refused: not every row asks again.
    options.startRun(trigger);
  }
  function countAnew(): void {
    rowsAtStart += rowsSinceStart;
    rowsSinceStart = 0;
  }
  function isDueByGrowth(): boolean {
    if (growth === null || rowsSinceStart === 0) return false;
    const isEnough = rowsAtStart + rowsSinceStart >= rowsMin;
    return isEnough && (rowsAtStart < rowsMin || rowsSinceStart >= growth * rowsAtStart);
  }
  function startIfDue(): void {
    if (isRunning) return;
    if (isAlarmOn && rowsSinceStart >= driftAfterRows) startRun('drift');
    else if (everyRows !== null && rowsSinceStart >= everyRows) startRun('rows');
    else if (isDueByGrowth()) startRun('rows');
  }
  try {
    if (schedule !== null)
      job = new Cron(schedule, { timezone: 'UTC' }, () => startRun('schedule'));
  } catch (cause) {
    const message = `distillation.schedule: "${schedule}" is not cron: ${String(cause)}`;
    throw new InvalidConfigError(message, {}, { cause });
  }

  return {
    rowCaptured() {
      rowsSinceStart++;
      startIfDue();
    },
    runStarted() {
      countAnew();
      isRunning = true;
    },
    runEnded({ trigger, state }) {
      isRunning = false;
      const isJudged = trigger === 'drift' && (state === 'promoted' || state === 'rejected');
      const growthRows = isJudged ? Math.ceil(driftRetryGrowth * rowsAtStart) : 0;
      driftAfterRows = Math.max(driftRetryRows, growthRows);
      startIfDue();
    },
    driftDetected() {
      isAlarmOn = true;
      driftAfterRows = driftRetryRows;
      startRun('drift');
    },
    driftEnded: () => void (isAlarmOn = false),
    stop() {
      isStopped = true;
      job?.stop();
    },
  };
}
