/** Runs one ONNX model: a batch of float32 rows in, a batch of float32 rows out. */
export interface ModelRunner {
  /** `inline` runs on the event loop, `worker` in a thread of its own. */
  readonly kind: 'inline' | 'worker';
  /**
   * @param input  [rows * inputSize] float32, row by row. May be detached by the call.
   * @returns      [rows * outputSize] float32; shape is checked, values are not.
   * @throws {InvalidModelOutputError} when the output has another shape, or the run fails.
   */
  run(input: Float32Array, rows: number): Promise<Float32Array>;
  /** Frees native memory once the runs in flight have ended. Idempotent. */
  close(): Promise<void>;
}

/** What a runner must know of its model. */
export interface ModelShape {
  readonly inputName: string;
  readonly outputName: string;
  readonly inputSize: number;
  readonly outputSize: number;
}
