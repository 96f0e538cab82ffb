import { exampleInputs } from '../task/example-input.js';
import type { Input } from '../task/task.js';
import { openInlineRunner } from './inline-runner.js';
import type { Measurement } from './measure-model.js';
import type { ModelRunner, ModelSource } from './model-runner.js';
import { openModelThread, type ModelThread } from './model-thread.js';
import { packInputs } from './packed-inputs.js';
import { closeFailed, requireSound } from './require-sound.js';
import type { QuickTimes } from './runner-worker.js';
import { openWorkerRunner } from './worker-runner.js';

/** A worker hop costs about 0.05 ms: below this run time, ms, the hop would be the larger part. */
export const inlineRunMsMax = 0.3;
/** Loading would hold the event loop too: a model that takes longer, ms, stays in its thread. */
const inlineLoadMsMax = 15;
/** Inputs to measure with, and examples that are made where there are no real ones. */
const measuredInputsMax = 64;
const examplesMin = 8;

export interface OpenRunnerOptions {
  /** Rows of the largest run. */
  readonly runRowsMax: number;
  /** Threads of a model that does not run inline. */
  readonly lanes: number;
  /** Real inputs to warm up and measure with. */
  readonly inputs: readonly Input[];
  /** Inputs that it must be able to answer, or examples for none; default: it is not asked. */
  readonly known?: readonly Input[];
  /** Starts a thread with a model; default: one that ends when it is closed. */
  readonly startThread?: (source: ModelSource) => Promise<ModelThread>;
}

export interface MeasuredRunner extends Measurement {
  readonly runner: ModelRunner;
  /** Median time of a run of one row, ms. */
  readonly runMs: number;
  /**
   * Time of the largest input that the task allows, ms; null when it fails, and for a model whose
   * run of one row is too long for the event loop anyway.
   */
  readonly largestMs: number | null;
}

/**
 * Opens a model where it belongs. It is loaded, warmed up and measured in a thread, so that nothing
 * of this holds the event loop up; a model that runs one row in 0.3 ms at most, the largest that
 * the task allows too, and loads quickly, then moves to the event loop.
 *
 * @throws {InvalidBundleError} when the model does not load, does not fit its manifest, or can not
 *         answer what is `known`.
 * @throws {InvalidModelOutputError} when it can not run.
 */
export async function openRunner(
  given: ModelSource,
  options: OpenRunnerOptions,
): Promise<MeasuredRunner> {
  const { runRowsMax, lanes, startThread = openModelThread } = options;
  const thread = await startThread(given);
  try {
    if (options.known !== undefined) await requireSound(thread, options.known);
    const inputs = packInputs(inputsFor(given, options.inputs));
    const call = { kind: 'measure', inputs, runRowsMax, quickRunMsMax: inlineRunMsMax } as const;
    const reply = await thread.call(call, [inputs.bytes.buffer]);
    if (reply.kind !== 'measure') throw new TypeError('The model thread gave another reply.');
    const { measurement, largestMs, model } = reply;
    const source = model === null ? given : { ...given, model };
    const measured = { ...measurement, runMs: measurement.curve[0]!.ms, largestMs };
    const { rowsMin } = measurement;
    if (source.provider !== 'cpu' || !isForEventLoop(measured.runMs, reply)) {
      const runner = await openWorkerRunner(source, { lanes, rowsMin, first: thread, startThread });
      return { ...measured, runner };
    }
    const runner = await openInlineRunner(source, rowsMin);
    void thread.close();
    return { ...measured, runner };
  } catch (error) {
    await closeFailed(thread, error);
    throw error;
  }
}

function isForEventLoop(runMs: number, { loadMs, largestMs }: QuickTimes): boolean {
  const isRunQuick = runMs <= inlineRunMsMax;
  // One caller's longest text would hold up all others.
  const isLargestQuick = largestMs !== null && largestMs <= inlineRunMsMax;
  return isRunQuick && isLargestQuick && loadMs !== null && loadMs <= inlineLoadMsMax;
}

function inputsFor({ manifest }: ModelSource, inputs: readonly Input[]): readonly Input[] {
  // Equal rows would hide that they disturb each other.
  const missing = Math.max(0, examplesMin - inputs.length);
  return [...inputs.slice(0, measuredInputsMax), ...exampleInputs(manifest.input, missing)];
}
