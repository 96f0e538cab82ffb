import { Cron } from 'croner';
import { InvalidConfigError } from '../errors.js';

export interface SchedulerOptions {
  /** Cron expression in UTC, or null for never. */
  readonly schedule: string | null;
  /** New training rows that start a run, or null for never. */
  readonly everyRows: number | null;
  readonly startRun: (trigger: 'schedule' | 'rows' | 'drift') => void;
}

export interface Scheduler {
  /** Call for each captured row that may be trained on. */
  rowCaptured(): void;
  /** Call when a run has ended, whatever its end. */
  runEnded(): void;
  driftDetected(): void;
  stop(): void;
}

/**
 * Starts distillation runs by clock, by captured rows, and at once after a drift alarm. It only
 * asks: the lease decides who runs.
 *
 * @throws {InvalidConfigError} when the cron expression is not one.
 */
export function createScheduler(options: SchedulerOptions): Scheduler {
  const { schedule, everyRows, startRun } = options;
  let rowsSinceRun = 0;
  let job: Cron | null = null;
  try {
    if (schedule !== null)
      job = new Cron(schedule, { timezone: 'UTC' }, () => startRun('schedule'));
  } catch (cause) {
    const message = `distillation.schedule: "${schedule}" is not cron: ${String(cause)}`;
    throw new InvalidConfigError(message, {}, { cause });
  }

  return {
    rowCaptured() {
      rowsSinceRun++;
      if (everyRows === null || rowsSinceRun < everyRows) return;
      rowsSinceRun = 0;
      startRun('rows');
    },
    runEnded() {
      rowsSinceRun = 0;
    },
    driftDetected: () => startRun('drift'),
    stop: () => job?.stop(),
  };
}
