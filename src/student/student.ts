/** The port of a loaded student version: rows in, logits out. Many rows share one model run. */
export interface Student {
  /** Bundle version, for example `v2-1f9a03c2`. */
  readonly version: string;
  /**
   * Scores rows with the student.
   *
   * @param rows    [batch] of [inputSize] float32, preprocessed. Not modified.
   * @param signal  aborts rows that still wait in a queue; a run that has started ends by itself.
   * @returns       [batch] of [classes] float32 logits, all finite, in the order of `rows`.
   * @throws {OverloadedError} when the bounded queue is full.
   * @throws {InvalidModelOutputError} when the model gives a wrong shape or a value that is not
   *         finite.
   * @throws {CancelledError} when `signal` is aborted first.
   */
  predict(rows: readonly Float32Array[], signal?: AbortSignal): Promise<readonly Float32Array[]>;
  /** Ends runs in flight and frees native memory. Idempotent. */
  close(): Promise<void>;
}
