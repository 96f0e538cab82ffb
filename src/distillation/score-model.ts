import type { ModelRunner } from '../onnx/model-runner.js';
import { batchesOf } from '../student/batches-of.js';

/**
 * Runs a model over rows, a batch at a time.
 *
 * @param rows  [n] of [inputSize] float32.
 * @returns     [n] of [classes] float32 logits; values may be NaN, the gates look.
 */
export async function scoreModel(
  runner: ModelRunner,
  rows: readonly Float32Array[],
): Promise<readonly Float32Array[]> {
  const logits: Float32Array[] = [];
  for (const batch of batchesOf(rows)) {
    const inputSize = batch[0]!.length;
    const input = new Float32Array(batch.length * inputSize);
    batch.forEach((row, index) => input.set(row, index * inputSize));
    const output = await runner.run(input, batch.length);
    const classCount = output.length / batch.length;
    for (let index = 0; index < batch.length; index++)
      logits.push(output.slice(index * classCount, (index + 1) * classCount));
  }
  return logits;
}

/** @returns 99th percentile of the time of a one-row run, ms, over 200 runs after 20 to warm up. */
export async function measureRunMsP99(runner: ModelRunner, row: Float32Array): Promise<number> {
  const durationsMs: number[] = [];
  for (let run = -20; run < 200; run++) {
    const startedMs = performance.now();
    await runner.run(row.slice(), 1);
    if (run >= 0) durationsMs.push(performance.now() - startedMs);
  }
  return durationsMs.sort((a, b) => a - b)[Math.floor(0.99 * (durationsMs.length - 1))]!;
}
