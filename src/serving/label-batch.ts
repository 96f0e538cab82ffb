import type { Capture, CapturedRow, CaptureHealth } from '../capture/capture.js';
import { TeacherUnavailableError } from '../errors.js';
import { labelKeeping, RowAnswers } from '../teacher/resilience/row-answers.js';
import { costOf, type Teacher } from '../teacher/teacher.js';
import { capturedRowOf, type PendingRow } from './captured-row.js';
import { openLabelPurse } from './label-purse.js';
import type { CallPurse } from './purse-of.js';
import type { TaskBus } from './task-bus.js';
import type { Budget } from './budget-account.js';

export interface LabelBatchParts {
  readonly teacher: Teacher;
  readonly capture: Capture;
  readonly captureHealth: CaptureHealth;
  readonly bus: TaskBus;
  readonly budget: Budget;
  /** Waits between two attempts; rejects at once when `signal` fires. */
  readonly pause: (durationMs: number, signal: AbortSignal) => Promise<unknown>;
}

const attemptsMax = 5;
const firstRetryMs = 100;

/**
 * Rows on their way to the teacher, into the log, and announced there. An answer that is paid for
 * is kept: only the step that failed is tried again, for the rows that it failed for. A commit
 * whose word got lost on the way may have succeeded: then the rows are in the log, which would
 * refuse them.
 */
export class LabelBatch {
  private labelled: readonly CapturedRow[] = [];
  private mayBeInLog = false;

  constructor(
    private unlabelled: readonly PendingRow[],
    private readonly parts: LabelBatchParts,
  ) {}

  /** Rows that are not on their way any more, nor in the log. */
  get rowsLeft(): number {
    return this.unlabelled.length + this.labelled.length;
  }

  /** Of those, rows that the teacher has answered. */
  get answeredLeft(): number {
    return this.labelled.length;
  }

  /** What those have cost, US dollars. */
  get answeredUsd(): number {
    return costOf(this.labelled);
  }

  /**
   * Resolves when the rows are on disk, as many as there is money for.
   *
   * @param stopping  when it fires, nothing is tried again.
   * @throws what failed in the last attempt.
   */
  async run(stopping: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.keep(); // What an attempt before has paid for.
        await this.labelPaid();
        return;
      } catch (error) {
        if (attempt === attemptsMax || stopping.aborted) throw error;
        const waitMs = error instanceof TeacherUnavailableError ? error.waitMs : 0;
        const retryMs = Math.max(waitMs, firstRetryMs * 2 ** (attempt - 1));
        await this.parts.pause(retryMs, stopping).catch(() => {});
      }
    }
  }

  private async keep(): Promise<void> {
    const { bus, capture } = this.parts;
    const rows = this.labelled;
    const unkept = this.mayBeInLog ? await notInLog(rows, capture) : rows;
    this.mayBeInLog = true;
    if (unkept.length > 0) await capture.append(unkept);
    [this.labelled, this.mayBeInLog] = [[], false];
    if (rows.length > 0) bus.emit('captured', rows);
  }

  /**
   * Labels the first rows, as many as there is money for: which those are says nothing of them.
   *
   * @throws {CaptureFailedError} when the log would not take them: nothing is paid then.
   */
  private async labelPaid(): Promise<void> {
    const { bus, captureHealth } = this.parts;
    const rows = this.unlabelled;
    if (rows.length === 0) return;
    const unkept = captureHealth.failure();
    if (unkept !== null) throw unkept;
    const inputs = rows.map(({ input }) => input);
    const { rows: paid, purse } = await openLabelPurse(this.parts, inputs);
    this.unlabelled = rows.slice(0, paid);
    if (paid < rows.length) bus.emit('labelsOverBudget', rows.length - paid);
    if (paid === 0) return;
    try {
      await this.label(purse);
    } finally {
      purse.close();
      purse.given(this.labelled);
      await this.keep();
    }
  }

  private async label(purse: CallPurse): Promise<void> {
    const { teacher } = this.parts;
    const rows = this.unlabelled;
    const startedMs = performance.now();
    const answers = new RowAnswers(rows.length);
    try {
      const inputs = rows.map(({ input }) => input);
      const { keep } = answers;
      await labelKeeping(teacher, inputs, { signal: undefined, context: { purse }, keep });
    } finally {
      const latencyMs = performance.now() - startedMs;
      this.labelled = rows.flatMap((row, index) => {
        const answer = answers.at(index);
        return answer === undefined ? [] : [capturedRowOf(row, teacher, { answer, latencyMs })];
      });
      this.unlabelled = answers.missing().map((index) => rows[index]!);
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
