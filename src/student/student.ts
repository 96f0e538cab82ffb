import type { Input } from '../task/task.js';

/** Whoever waits for rows; an `AbortSignal` is one. */
export interface Waiter {
  readonly aborted: boolean;
  /** What is left of his time, ms; null, or nothing to ask, for one without a deadline. */
  leftMs?(): number | null;
}

/** The port of a loaded student version: inputs in, logits out. Many rows share one model run. */
export interface Student {
  /** Bundle version, for example `v2-1f9a03c2`. */
  readonly version: string;
  /**
   * Scores rows with the student.
   *
   * @param inputs  [batch], as they came, before any preprocessing. Not modified.
   * @param waiter  rows that still wait in a queue are dropped once it has aborted; a run that has
   *                started ends by itself.
   * @returns       [batch] of [classes] float32 logits, all finite, in the order of `inputs`.
   * @throws {InvalidInputError} when an input can not be prepared for this model.
   * @throws {OverloadedError} when the bounded queue is full, or its rows will take longer than
   *         `waiter` has time.
   * @throws {InvalidModelOutputError} when the model gives a wrong shape or a value that is not
   *         finite.
   * @throws {CancelledError} when `waiter` has aborted first.
   */
  predict(inputs: readonly Input[], waiter?: Waiter): Promise<readonly Float32Array[]>;
  /** Ends runs in flight and frees native memory. Idempotent. */
  close(): Promise<void>;
}
