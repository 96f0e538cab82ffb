import { setTimeout as sleep } from 'node:timers/promises';
import type { Capture } from '../capture/capture.js';
import type { Teacher } from '../teacher/teacher.js';
import { capturedRowOf, type PendingRow } from './captured-row.js';
import type { TaskBus } from './task-bus.js';

export interface HoldoutLabellerParts {
  readonly teacher: Teacher;
  readonly capture: Capture;
  readonly bus: TaskBus;
}

export interface HoldoutLabeller {
  add(row: PendingRow): void;
  /** Rows that wait for their label, those at the teacher included. */
  pending(): number;
  /** Resolves when every pending row is on disk (or lost). */
  drain(): Promise<void>;
}

const runRowsMax = 32;
const queueRowsMax = 8192;
const attemptsMax = 5;
const firstRetryMs = 100;

/**
 * Labels sure rows (holdout and explored ones) with the teacher after their callers have been
 * answered. Bounded: past the limit, rows are lost and counted. Which rows are lost depends on load
 * alone, never on what the student said, so the sample stays unbiased.
 */
export function createHoldoutLabeller(parts: HoldoutLabellerParts): HoldoutLabeller {
  const queue: PendingRow[] = [];
  let working: Promise<void> | null = null;
  let atTeacher = 0;

  async function work(): Promise<void> {
    while (queue.length > 0) {
      const rows = queue.splice(0, runRowsMax);
      atTeacher = rows.length;
      try {
        await labelWithRetries(rows, parts);
      } catch (error) {
        parts.bus.emit('labellingLost', rows.length, error);
      }
    }
    working = null;
    atTeacher = 0;
  }

  return {
    add(row) {
      if (queue.length >= queueRowsMax) {
        const error = new Error(`More than ${queueRowsMax} rows wait for the teacher.`);
        parts.bus.emit('labellingLost', 1, error);
        return;
      }
      queue.push(row);
      working ??= work();
    },
    pending: () => queue.length + atTeacher,
    async drain() {
      while (working !== null) await working;
    },
  };
}

async function labelWithRetries(
  rows: readonly PendingRow[],
  parts: HoldoutLabellerParts,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await labelOnce(rows, parts);
      return;
    } catch (error) {
      if (attempt === attemptsMax) throw error;
      await sleep(firstRetryMs * 2 ** (attempt - 1));
    }
  }
}

async function labelOnce(rows: readonly PendingRow[], parts: HoldoutLabellerParts): Promise<void> {
  const { teacher, capture, bus } = parts;
  const startedMs = performance.now();
  const answers = await teacher.label(rows.map(({ input }) => input));
  const teacherLatencyMs = performance.now() - startedMs;
  const labelled = rows.map((row, index) =>
    capturedRowOf(row, teacher, answers[index]!, teacherLatencyMs),
  );
  await capture.append(labelled);
  bus.emit('captured', labelled);
}
