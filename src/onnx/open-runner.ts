import { openInlineRunner } from './inline-runner.js';
import type { ModelRunner, ModelShape } from './model-runner.js';
import { openWorkerRunner } from './worker-runner.js';

/** A worker hop costs about 0.05 ms: below this run time, ms, the hop would be the larger part. */
export const inlineRunMsMax = 0.3;
const warmUpRuns = 5;
const measuredRuns = 15;

export interface MeasuredRunner {
  readonly runner: ModelRunner;
  /** Median time of a run of one row on the event loop, ms. */
  readonly runMs: number;
}

/**
 * Opens a model where it belongs, by measuring it: inline when one row runs in less than 0.3 ms,
 * in a worker thread otherwise.
 *
 * @throws {InvalidBundleError} when the model does not load.
 * @throws {InvalidModelOutputError} when it does not give [batch, outputSize] float32.
 */
export async function openRunner(model: Uint8Array, shape: ModelShape): Promise<MeasuredRunner> {
  const inline = await openInlineRunner(model, shape);
  try {
    const runMs = await medianRunMs(inline, shape.inputSize);
    if (runMs <= inlineRunMsMax) return { runner: inline, runMs };
    await inline.close();
    return { runner: await openWorkerRunner(model, shape), runMs };
  } catch (error) {
    await inline.close();
    throw error;
  }
}

async function medianRunMs(runner: ModelRunner, inputSize: number): Promise<number> {
  const durationsMs: number[] = [];
  for (let run = 0; run < warmUpRuns + measuredRuns; run++) {
    const startedMs = performance.now();
    await runner.run(new Float32Array(inputSize), 1);
    if (run >= warmUpRuns) durationsMs.push(performance.now() - startedMs);
  }
  return durationsMs.sort((a, b) => a - b)[Math.floor(measuredRuns / 2)]!;
}
