import type { InferenceSession, Tensor } from './runtime.js';

/**
 * Runs a session before this call returns. `run()` of onnxruntime-node puts the forward pass off by
 * `setImmediate`, then blocks the thread with it all the same. One turn of a busy event loop takes
 * tens of ms, so each run would wait that long, one run a turn, while the sockets bring hundreds of
 * rows; here `setImmediate` calls at once while `run()` is on the stack. With a version that puts
 * runs off in another way answers are as right, but late, and runs are timed as nothing:
 * `test/onnx/run-now.test.ts` tells.
 *
 * @returns  settled by then, as `session.run()` does it.
 */
export function runNow(
  session: InferenceSession,
  feeds: Readonly<Record<string, Tensor>>,
  outputNames: readonly string[],
): Promise<InferenceSession.OnnxValueMapType> {
  const { setImmediate } = globalThis;
  globalThis.setImmediate = callNow as typeof setImmediate;
  try {
    return session.run(feeds, outputNames);
  } finally {
    globalThis.setImmediate = setImmediate;
  }
}

const callNow = (callback: () => void): void => callback();
