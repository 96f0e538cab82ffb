import type { Input } from '../task/task.js';

/** The port of a loaded student version: inputs in, logits out. Many rows share one model run. */
export interface Student {
  /** Bundle version, for example `v2-1f9a03c2`. */
  readonly version: string;
  /**
   * Scores rows with the student.
   *
   * @param inputs  [batch], as they came, before any preprocessing. Not modified.
   * @param signal  aborts rows that still wait in a queue; a run that has started ends by itself.
   * @returns       [batch] of [classes] float32 logits, all finite, in the order of `inputs`.
   * @throws {InvalidInputError} when an input can not be prepared for this model.
   * @throws {OverloadedError} when the bounded queue is full.
   * @throws {InvalidModelOutputError} when the model gives a wrong shape or a value that is not
   *         finite.
   * @throws {CancelledError} when `signal` is aborted first.
   */
  predict(inputs: readonly Input[], signal?: AbortSignal): Promise<readonly Float32Array[]>;
  /** Ends runs in flight and frees native memory. Idempotent. */
  close(): Promise<void>;
}
