import { workerData } from 'node:worker_threads';
import { sentError, type SentError } from '../threads/sent-error.js';
import { exampleInput } from '../task/example-input.js';
import { serveThread, type ServedAnswer } from '../threads/serve-thread.js';
import { yieldToOthers } from '../threads/yield-to-others.js';
import { loadModel } from './loaded-model.js';
import { measureModel, type Measurement } from './measure-model.js';
import type { ModelSource, RowResult } from './model-runner.js';
import { unpackInputs, type PackedInputs } from './packed-inputs.js';
import { runRows } from './run-rows.js';
import { Stopwatch } from './stopwatch.js';
import { timeLargest } from './time-largest.js';

/** The thread behind `openWorkerRunner`: one model, one call at a time, in the order of arrival. */
export type ModelCall =
  | { readonly kind: 'run'; readonly inputs: PackedInputs; readonly rowsMin: number }
  | {
      readonly kind: 'measure';
      readonly inputs: PackedInputs;
      readonly runRowsMax: number;
      /** A model whose run of one row is at or below this, ms, has its `QuickTimes` taken. */
      readonly quickRunMsMax: number;
    };

export type SentResult = Float32Array | SentError;
export type ModelReply =
  | { readonly kind: 'run'; readonly results: readonly SentResult[]; readonly ms: number }
  | ({ readonly kind: 'measure'; readonly measurement: Measurement } & QuickTimes);

/** What decides where a model with a quick run of one row belongs; null with a slower one. */
export interface QuickTimes {
  readonly loadMs: number | null;
  /** Preprocessing and run of the largest input that the task allows; null also when it fails. */
  readonly largestMs: number | null;
}

/** A first load that takes longer, ms, is the model's own work. */
const coldLoadMsMax = 150;
/** The quickest of several counts: a busy neighbour only makes one slower. */
const warmLoads = 3;
const slowTimes: QuickTimes = { loadMs: null, largestMs: null };

await serveThread<ModelCall, ModelReply>(async () => {
  yieldToOthers();
  const source = workerData as ModelSource;
  const startedMs = performance.now();
  const model = await loadModel(source);
  const firstLoadMs = performance.now() - startedMs;
  let last: Promise<unknown> = Promise.resolve();

  async function answer(call: ModelCall): Promise<ServedAnswer<ModelReply>> {
    const inputs = unpackInputs(call.inputs);
    if (call.kind === 'run') {
      const spent = new Stopwatch();
      const results = await runRows(model, inputs, { rowsMin: call.rowsMin, spent });
      return { result: { kind: 'run', results: results.map(sent), ms: spent.ms } };
    }
    const measurement = await measureModel(model, inputs, call.runRowsMax);
    const isQuick = measurement.curve[0]!.ms <= call.quickRunMsMax;
    const times = isQuick ? await quickTimes(measurement.rowsMin) : slowTimes;
    return { result: { kind: 'measure', measurement, ...times } };
  }

  async function quickTimes(rowsMin: number): Promise<QuickTimes> {
    const largest = exampleInput(source.manifest.input, { seed: 1, isLargest: true });
    const largestMs = await timeLargest(model, largest, rowsMin);
    return { largestMs, loadMs: await warmLoadMs(source, firstLoadMs) };
  }

  return {
    answer(call) {
      const answered = last.then(() => answer(call));
      last = answered.catch(() => {});
      return answered;
    },
    close: async () => {
      await last;
      await model.close();
    },
  };
});

/**
 * The first load of a process starts the runtime too, and that of a thread compiles this code: 25
 * and 5 ms for a model that loads in 1. Short ones are timed again, or the first student of every
 * gateway would seem too large for the event loop.
 */
async function warmLoadMs(source: ModelSource, firstLoadMs: number): Promise<number> {
  if (firstLoadMs > coldLoadMsMax) return firstLoadMs;
  const loadsMs = [firstLoadMs];
  while (loadsMs.length <= warmLoads) {
    const startedMs = performance.now();
    const model = await loadModel(source);
    loadsMs.push(performance.now() - startedMs);
    await model.close();
  }
  return Math.min(...loadsMs);
}

const sent = (result: RowResult): SentResult =>
  result instanceof Error ? sentError(result) : result;
