import { setImmediate as turnOfTheLoop, setTimeout as sleep } from 'node:timers/promises';
import type { PendingRow } from './captured-row.js';
import { ExpectedRows } from './expected-rows.js';
import { LabelBatch, type LabelBatchParts } from './label-batch.js';
import { oldestHoldoutMs } from './rows-in-order.js';

export interface HoldoutLabellerParts extends Omit<LabelBatchParts, 'pause'> {
  /** Waits between two attempts; rejects at once when `signal` fires. */
  readonly pause?: LabelBatchParts['pause'];
}

export interface HoldoutLabeller {
  add(row: PendingRow): void;
  /**
   * A row that is added later may be in the log by then, with a label that was paid for.
   *
   * @param committed  resolves when that is known, and never rejects.
   */
  expect(id: string, committed: Promise<boolean>): void;
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
  const { bus, pause = pauseFor } = parts;
  const expected = new ExpectedRows(push);
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
      const batch = new LabelBatch(rows, { ...parts, pause });
      const labelling = batch.run(draining.signal);
      present = labelling.catch(() => {});
      try {
        await labelling;
      } catch (error) {
        const given = draining.signal.aborted ? queue.splice(0) : [];
        bus.emit('labellingLost', batch.rowsLeft + given.length, error);
        if (batch.answeredLeft > 0) {
          bus.emit('answersUnkept', batch.answeredLeft, error);
          bus.emit('paidInVain', batch.answeredUsd);
        }
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

  function push(row: PendingRow): void {
    if (queue.length >= queueRowsMax) {
      const error = new Error(`More than ${queueRowsMax} rows wait for the teacher.`);
      bus.emit('labellingLost', 1, error);
      return;
    }
    queue.push(row);
    working ??= work();
  }

  return {
    add: (row) => expected.add(row),
    expect: (id, committed) => expected.expect(id, committed),
    pending: () => expected.rows.length + queue.length + atTeacher.length,
    oldestPendingMs: () => oldestHoldoutMs([...expected.rows, ...atTeacher, ...queue]),
    async forget(subject) {
      const others = queue.filter((row) => row.subject !== subject);
      queue.splice(0, queue.length, ...others);
      expected.forget(subject);
      await present;
    },
    async drain() {
      draining.abort();
      while (expected.rows.length > 0 || working !== null) await (working ?? turnOfTheLoop());
    },
  };
}

const pauseFor = (durationMs: number, signal: AbortSignal): Promise<unknown> =>
  sleep(durationMs, undefined, { signal });
