import { setTimeout as sleep } from 'node:timers/promises';
import type { Capture, CapturedRow, CaptureHealth } from '../capture/capture.js';
import { TeacherUnavailableError } from '../errors.js';
import { mayBeBilled } from '../teacher/call-failure.js';
import { rowPriceMaxOf, type Purse, type Teacher } from '../teacher/teacher.js';
import { capturedRowOf, costOf, type PendingRow } from './captured-row.js';
import { purseOf } from './purse-of.js';
import { oldestHoldoutMs } from './rows-in-order.js';
import type { TaskBus } from './task-bus.js';
import type { TeacherBudget } from './teacher-budget.js';

export interface HoldoutLabellerParts {
  readonly teacher: Teacher;
  readonly capture: Capture;
  readonly captureHealth: CaptureHealth;
  readonly bus: TaskBus;
  readonly budget: Pick<TeacherBudget, 'reserve'>;
  /** Waits between two attempts; rejects at once when `signal` fires. */
  readonly pause?: (durationMs: number, signal: AbortSignal) => Promise<unknown>;
}

export interface HoldoutLabeller {
  add(row: PendingRow): void;
  /** Rows that wait for their label, those at the teacher included. */
  pending(): number;
  /** Request of the oldest holdout row among them, ms since the epoch; null: there is none. */
  oldestPendingMs(): number | null;
  /** Drops the rows that speak of a subject; resolves when none of them is on its way any more. */
  forget(subject: string): Promise<void>;
  /**
   * Resolves when every pending row is on disk (or lost). From now on nothing is tried twice: with
   * the teacher down a gateway must stop all the same.
   */
  drain(): Promise<void>;
}

const runRowsMax = 32;
const queueRowsMax = 8192;
const attemptsMax = 5;
const firstRetryMs = 100;
/**
 * Between two batches, ms. A row by itself wakes two threads, of the teacher and of the log: at 200
 * rows a second that took a tenth of the event loop.
 */
const gatherMs = 25;

/**
 * Labels rows with the teacher after the student has answered their callers: sure ones for holdout
 * or exploring, and degraded holdout rows. Bounded: past the limit, or when the teacher fails to
 * the last attempt, rows are lost and counted. Which of its rows are lost depends on load, on the
 * teacher and on the disk alone. Unsure holdout rows seldom wait here, so losses leave more in the
 * sample: the risk above a threshold is judged as before, coverage and agreement look worse.
 */
export function createHoldoutLabeller(parts: HoldoutLabellerParts): HoldoutLabeller {
  const { bus } = parts;
  const queue: PendingRow[] = [];
  const draining = new AbortController();
  let working: Promise<void> | null = null;
  let atTeacher: readonly PendingRow[] = [];
  let present: Promise<unknown> = Promise.resolve();
  let nextAtMs = 0;

  async function work(): Promise<void> {
    while (queue.length > 0) {
      const waitMs = nextAtMs - performance.now();
      if (waitMs > 0) await gather(waitMs);
      const rows = queue.splice(0, runRowsMax);
      atTeacher = rows;
      try {
        const labelled = labelWithRetries(rows, parts, draining.signal);
        present = labelled.catch(() => {});
        announce(bus, await labelled, rows.length);
      } catch (error) {
        const given = draining.signal.aborted ? queue.splice(0) : [];
        bus.emit('labellingLost', rows.length + given.length, error);
      }
      atTeacher = [];
      nextAtMs = performance.now() + gatherMs;
    }
    working = null;
  }

  /** Waits for company, where there was a batch just now: nobody waits for these labels. */
  async function gather(waitMs: number): Promise<void> {
    if (queue.length >= runRowsMax || draining.signal.aborted) return;
    await pauseFor(waitMs, draining.signal).catch(() => {});
  }

  return {
    add(row) {
      if (queue.length >= queueRowsMax) {
        const error = new Error(`More than ${queueRowsMax} rows wait for the teacher.`);
        bus.emit('labellingLost', 1, error);
        return;
      }
      queue.push(row);
      working ??= work();
    },
    pending: () => queue.length + atTeacher.length,
    oldestPendingMs: () => oldestHoldoutMs([...atTeacher, ...queue]),
    async forget(subject) {
      const others = queue.filter((row) => row.subject !== subject);
      queue.splice(0, queue.length, ...others);
      await present;
    },
    async drain() {
      draining.abort();
      while (working !== null) await working;
    },
  };
}

/**
 * An answer that is paid for is kept: only the step that failed is tried again. A commit whose word
 * got lost on the way may have succeeded: then the rows are in the log, which would refuse them.
 *
 * @returns the rows that there was money for.
 */
async function labelWithRetries(
  rows: readonly PendingRow[],
  parts: HoldoutLabellerParts,
  stopping: AbortSignal,
): Promise<readonly CapturedRow[]> {
  const { pause = pauseFor } = parts;
  let labelled: readonly CapturedRow[] | null = null;
  let unkept: readonly CapturedRow[] | null = null;
  for (let attempt = 1; ; attempt++) {
    try {
      labelled ??= await labelPaid(rows, parts);
      unkept = unkept === null ? labelled : await notInLog(unkept, parts.capture);
      if (unkept.length > 0) await parts.capture.append(unkept);
      return labelled;
    } catch (error) {
      if (attempt === attemptsMax || stopping.aborted) throw error;
      const waitMs = error instanceof TeacherUnavailableError ? error.waitMs : 0;
      const retryMs = Math.max(waitMs, firstRetryMs * 2 ** (attempt - 1));
      await pause(retryMs, stopping).catch(() => {});
    }
  }
}

async function notInLog(
  rows: readonly CapturedRow[],
  capture: Capture,
): Promise<readonly CapturedRow[]> {
  const found = await Promise.all(rows.map(({ task, id }) => capture.findRow(task, id)));
  return rows.filter((_, index) => found[index] === null);
}

const pauseFor = (durationMs: number, signal: AbortSignal): Promise<unknown> =>
  sleep(durationMs, undefined, { signal });

function announce(bus: TaskBus, labelled: readonly CapturedRow[], rows: number): void {
  if (labelled.length > 0) bus.emit('captured', labelled);
  if (labelled.length < rows) bus.emit('labelsOverBudget', rows - labelled.length);
}

/**
 * Labels the first rows, as many as there is money for: which those are says nothing of them.
 *
 * @throws {CaptureFailedError} when the log would not take them: nothing is paid then.
 */
async function labelPaid(
  rows: readonly PendingRow[],
  { teacher, budget, captureHealth }: HoldoutLabellerParts,
): Promise<readonly CapturedRow[]> {
  const unkept = captureHealth.failure();
  if (unkept !== null) throw unkept;
  const rowUsd = await rowPriceMaxOf(
    teacher,
    rows.map(({ input }) => input),
  );
  const reservation = budget.reserve(rows.length, 'label', rowUsd);
  if (reservation.rows === 0) return [];
  try {
    const paid = rows.slice(0, reservation.rows);
    const labelled = await label(paid, { teacher, purse: purseOf(budget, 'label', rowUsd) });
    reservation.settle(costOf(labelled));
    return labelled;
  } catch (error) {
    if (mayBeBilled(error)) reservation.settle(null);
    else reservation.release();
    throw error;
  }
}

async function label(
  rows: readonly PendingRow[],
  { teacher, purse }: Pick<HoldoutLabellerParts, 'teacher'> & { readonly purse: Purse },
): Promise<readonly CapturedRow[]> {
  const startedMs = performance.now();
  const inputs = rows.map(({ input }) => input);
  const answers = await teacher.label(inputs, undefined, { purse });
  const latencyMs = performance.now() - startedMs;
  return rows.map((row, index) =>
    capturedRowOf(row, teacher, { answer: answers[index]!, latencyMs }),
  );
}
