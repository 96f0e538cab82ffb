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
  /** Inputs have changed: a run starts once there is something new to learn from. */
  inputsDrifted(): void;
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

/** New training rows, and their share of those before, from which changed inputs start a run. */
const inputDriftRows = 50;
const inputDriftGrowth = 0.02;

/**
 * Starts distillation runs by clock, by captured rows, and after a drift alarm: at once, and again
 * while the alarm is on. It only asks: the lease decides who runs.
 *
 * @throws {InvalidConfigError} when the cron expression is not one.
 */
export function createScheduler(options: SchedulerOptions): Scheduler {
  const { schedule, everyRows } = options;
  /** Rows that came during a run count: its dataset was read at its start. */
  let rowsSinceStart = 0;
  /** At the start of the last run; a process that starts knows of none before it. */
  let rowsAtStart = options.rowsBefore;
  let isRunning = false;
  let isAlarmOn = options.isAlarmOn ?? false;
  /** New rows from which drift asks for a run. */
  let driftAfterRows = isAlarmOn ? driftRetryRows : Infinity;
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
    if (!isAlarmOn) driftAfterRows = Infinity;
  }
  function startIfDue(): void {
    if (isRunning) return;
    if (rowsSinceStart >= driftAfterRows) startRun('drift');
    else if (everyRows !== null && rowsSinceStart >= everyRows) startRun('rows');
    else if (isDueByGrowth(options, { rowsAtStart, rowsSinceStart })) startRun('rows');
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
    runEnded(run) {
      isRunning = false;
      if (isAlarmOn) driftAfterRows = driftRetryAfter(run, rowsAtStart);
      startIfDue();
    },
    driftDetected() {
      isAlarmOn = true;
      driftAfterRows = driftRetryRows;
      startRun('drift');
    },
    inputsDrifted() {
      driftAfterRows = Math.min(driftAfterRows, inputDriftRowsAfter(rowsAtStart));
      startIfDue();
    },
    driftEnded() {
      isAlarmOn = false;
      driftAfterRows = Infinity;
    },
    stop() {
      isStopped = true;
      job?.stop();
    },
  };
}

function driftRetryAfter(
  { trigger, state }: { readonly trigger: string; readonly state: string },
  rowsBefore: number,
): number {
  const isJudged = trigger === 'drift' && (state === 'promoted' || state === 'rejected');
  const growthRows = isJudged ? Math.ceil(driftRetryGrowth * rowsBefore) : 0;
  return Math.max(driftRetryRows, growthRows);
}

const inputDriftRowsAfter = (rowsBefore: number): number =>
  Math.max(inputDriftRows, inputDriftGrowth * rowsBefore);

function isDueByGrowth(
  { growth, rowsMin }: Pick<SchedulerOptions, 'growth' | 'rowsMin'>,
  { rowsAtStart, rowsSinceStart }: { rowsAtStart: number; rowsSinceStart: number },
): boolean {
  if (growth === null || rowsSinceStart === 0) return false;
  const isEnough = rowsAtStart + rowsSinceStart >= rowsMin;
  return isEnough && (rowsAtStart < rowsMin || rowsSinceStart >= growth * rowsAtStart);
}
