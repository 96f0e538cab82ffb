import { CancelledError } from '../../src/errors.js';
import type { Teacher, TeacherAnswer } from '../../src/teacher/teacher.js';

/** A teacher that answers by a function of the row, and fails when it is told to. */
export class FakeTeacher implements Teacher {
  readonly name = 'oracle';
  readonly version: string = 't1-00000001';
  readonly costPerRowUsd = 0.01;
  /** Rows of every call, those that failed included. */
  readonly asked: (readonly Float32Array[])[] = [];
  /** Called before each answer; an answer waits for it, or fails with what it throws. */
  onLabel: (rows: readonly Float32Array[]) => Promise<void> | void = () => {};
  isClosed = false;

  constructor(private readonly labelOf: (row: Float32Array) => number = () => 1) {}

  async label(
    rows: readonly Float32Array[],
    signal?: AbortSignal,
  ): Promise<readonly TeacherAnswer[]> {
    this.asked.push(rows);
    await abortable(Promise.resolve(this.onLabel(rows)), signal);
    return rows.map((row) => {
      const label = this.labelOf(row);
      const probabilities = Float64Array.of(0.25, 0.75);
      return { label, probabilities, costUsd: this.costPerRowUsd };
    });
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

function abortable(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(new CancelledError('The caller gave up.'));
    if (signal?.aborted === true) abort();
    signal?.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject);
  });
}
