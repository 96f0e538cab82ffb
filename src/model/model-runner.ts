import type { ExecutionProvider } from '../onnx/execution-provider.js';
import type { Bundle } from '../registry/read-bundle.js';
import type { Input } from '../task/task.js';
import type { Stopwatch } from './stopwatch.js';

/** A bundle, and what its model shall run on. */
export interface ModelSource extends Bundle {
  readonly provider: ExecutionProvider;
}

/** [classes] float32 logits, not checked for finite values; or why this row has none. */
export type RowResult = Float32Array | Error;

/** Runs one bundle's model: inputs in, logits out, preprocessing included. */
export interface ModelRunner {
  /** `inline` runs on the event loop, `worker` in threads of its own. */
  readonly kind: 'inline' | 'worker';
  /** Calls that can run at the same time; more of them wait for each other. */
  readonly lanes: number;
  /**
   * @param spent  gets the time that the model was at work; what a run waits for is none of it.
   * @returns  one result for each input, in order. What is wrong with one fails its row alone.
   * @throws {InvalidModelOutputError} when the model can not run at all.
   */
  run(inputs: readonly Input[], spent?: Stopwatch): Promise<readonly RowResult[]>;
  /** Frees native memory once the runs in flight have ended. Idempotent. */
  close(): Promise<void>;
}
