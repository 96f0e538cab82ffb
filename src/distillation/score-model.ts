import type { ModelRunner } from '../model/model-runner.js';
import { batchesOf } from '../student/batches-of.js';
import type { Input } from '../task/task.js';

/**
 * Runs a model over rows, a batch at a time.
 *
 * @returns  [n] of [classes] float32 logits; values may be NaN, the gates look.
 * @throws {InvalidModelOutputError} when a row can not be run.
 */
export async function scoreModel(
  runner: ModelRunner,
  inputs: readonly Input[],
): Promise<readonly Float32Array[]> {
  const logits: Float32Array[] = [];
  for (const batch of batchesOf(inputs)) {
    for (const result of await runner.run(batch)) {
      if (result instanceof Error) throw result;
      logits.push(result);
    }
  }
  return logits;
}

/** @returns 99th percentile of the time of a one-row run, ms, over 200 runs after 20 to warm up. */
export async function measureRunMsP99(runner: ModelRunner, input: Input): Promise<number> {
  const durationsMs: number[] = [];
  for (let run = -20; run < 200; run++) {
    const startedMs = performance.now();
    await runner.run([input]);
    if (run >= 0) durationsMs.push(performance.now() - startedMs);
  }
  return durationsMs.sort((a, b) => a - b)[Math.floor(0.99 * (durationsMs.length - 1))]!;
}
