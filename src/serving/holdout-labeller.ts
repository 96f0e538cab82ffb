import { setTimeout as sleep } from 'node:timers/promises';
import type { Capture, CapturedRow } from '../capture/capture.js';
import type { Teacher } from '../teacher/teacher.js';

/** A row that the student has answered and that the teacher must still label. */
export type PendingRow = Omit<
  CapturedRow,
  | 'teacherName'
  | 'teacherVersion'
  | 'teacherLabel'
  | 'teacherProbabilities'
  | 'teacherLatencyMs'
  | 'costUsd'
>;

export interface HoldoutLabellerParts {
  readonly teacher: Teacher;
  readonly capture: Capture;
  /** Called for each row once it is on disk. */
  readonly onLabelled: (row: CapturedRow) => void;
  /** Called with the rows that could not be labelled: an alert, for the sample is then smaller. */
  readonly onLost: (rows: number, error: unknown) => void;
}

export interface HoldoutLabeller {
  add(row: PendingRow): void;
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

  async function work(): Promise<void> {
    while (queue.length > 0) {
      const rows = queue.splice(0, runRowsMax);
      try {
        await labelWithRetries(rows, parts);
      } catch (error) {
        parts.onLost(rows.length, error);
      }
    }
    working = null;
  }

  return {
    add(row) {
      if (queue.length >= queueRowsMax) {
        parts.onLost(1, new Error(`More than ${queueRowsMax} rows wait for the teacher.`));
        return;
      }
      queue.push(row);
      working ??= work();
    },
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
  const { teacher, capture, onLabelled } = parts;
  const startedMs = performance.now();
  const answers = await teacher.label(rows.map(({ input }) => input));
  const teacherLatencyMs = performance.now() - startedMs;
  const labelled = rows.map(
    (row, index): CapturedRow => ({
      ...row,
      teacherName: teacher.name,
      teacherVersion: teacher.version,
      teacherLabel: answers[index]!.label,
      teacherProbabilities: answers[index]!.probabilities,
      teacherLatencyMs,
      costUsd: answers[index]!.costUsd,
    }),
  );
  await capture.append(labelled);
  for (const row of labelled) onLabelled(row);
}
