import { Cron } from 'croner';
import { InvalidConfigError } from '../errors.js';
import { DriftRuns, type DriftEvent, type EndedRun } from './drift-runs.js';

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
  /** The same of a drift of the inputs. */
  readonly haveInputsDrifted?: boolean;
  readonly startRun: (trigger: RunTrigger) => void;
}

export interface Scheduler {
  /** Call for each captured row that a run could learn from: no repeats. */
  rowCaptured(): void;
  /** Call when a run starts, whoever asked for it. */
  runStarted(run?: Pick<EndedRun, 'compresses'>): void;
  /** Call when a run has ended, whatever its end. */
  runEnded(run: EndedRun): void;
  /** Call for each event of the guarantee. */
  heard(event: DriftEvent): void;
  /** Nothing is started any more. */
  stop(): void;
}

/**
 * Starts distillation runs by clock, by captured rows, and for drift: at once after an alarm, and
 * again while it is on. It only asks: the lease decides who runs.
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
  const { isAlarmOn = false, haveInputsDrifted = false, rowsBefore } = options;
  const drift = new DriftRuns({ isAlarmOn, haveInputsDrifted, rowsBefore });
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
  function startIfDue(): void {
    if (isRunning) return;
    if (rowsSinceStart >= drift.afterRows) startRun('drift');
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
    runStarted({ compresses } = {}) {
      if (compresses === undefined) countAnew();
      isRunning = true;
    },
    runEnded(run) {
      isRunning = false;
      if (run.compresses === undefined) drift.runEnded(run, rowsAtStart);
      startIfDue();
    },
    heard(event) {
      drift.heard(event, rowsAtStart);
      if (event === 'certificate-lost') startRun('drift');
      else startIfDue();
    },
    stop() {
      isStopped = true;
      job?.stop();
    },
  };
}

function isDueByGrowth(
  { growth, rowsMin }: Pick<SchedulerOptions, 'growth' | 'rowsMin'>,
  { rowsAtStart, rowsSinceStart }: { rowsAtStart: number; rowsSinceStart: number },
): boolean {
  if (growth === null || rowsSinceStart === 0) return false;
  const isEnough = rowsAtStart + rowsSinceStart >= rowsMin;
  return isEnough && (rowsAtStart < rowsMin || rowsSinceStart >= growth * rowsAtStart);
}
