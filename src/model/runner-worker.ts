import { sentError, type SentError } from '../threads/sent-error.js';
import { exampleInput } from '../task/example-input.js';
import { serveThread, type ServedAnswer } from '../threads/serve-thread.js';
import { loadModel, type LoadedModel } from './loaded-model.js';
import { measureForService } from './measure-for-service.js';
import type { Measurement } from './measure-model.js';
import type { ModelSource, RowResult } from './model-runner.js';
import { unpackInputs, type PackedInputs } from './packed-inputs.js';
import { runRows } from './run-rows.js';
import { Stopwatch } from './stopwatch.js';
import { timeLargest } from './time-largest.js';
import { tryModel } from './try-model.js';
import type { MeasuredModel } from './without-pairs.js';

/** The thread behind `ModelThread`: one model, one call at a time, in the order of arrival. */
export type ModelCall =
  | { readonly kind: 'load'; readonly source: ModelSource }
  | { readonly kind: 'unload' }
  | { readonly kind: 'run'; readonly inputs: PackedInputs; readonly rowsMin: number }
  | { readonly kind: 'try'; readonly inputs: PackedInputs; readonly longestMsMax: number }
  | {
      readonly kind: 'measure';
      readonly inputs: PackedInputs;
      readonly runRowsMax: number;
      /** A model whose run of one row is at or below this, ms, has its `QuickTimes` taken. */
      readonly quickRunMsMax: number;
    };

export type SentResult = Float32Array | SentError;
export type ModelReply =
  /** Why the model can not be used; null when it is loaded. */
  | { readonly kind: 'load'; readonly refusal: string | null }
  | { readonly kind: 'unload' }
  | { readonly kind: 'run'; readonly results: readonly SentResult[]; readonly ms: number }
  /** What stands against serving the model; nothing when it is sound. */
  | { readonly kind: 'try'; readonly problems: readonly string[] }
  | ({
      readonly kind: 'measure';
      readonly measurement: Measurement;
      /** What was measured, where that is another model than was loaded; shared memory. */
      readonly model: Uint8Array | null;
    } & QuickTimes);

/** What decides where a model with a quick run of one row belongs; null with a slower one. */
export interface QuickTimes {
  readonly loadMs: number | null;
  /** Preprocessing and run of the largest input that the task allows; null also when it fails. */
  readonly largestMs: number | null;
}

/** The quickest of several counts: a busy neighbour only makes one slower. */
const warmLoads = 3;
/** A larger model takes longer than the event loop may be held up, and twice its memory to load. */
const reloadedBytesMax = 33_554_432;
/** No further load after one that takes longer, ms: it is the model's own work. */
const warmLoadMsMax = 150;
const slowTimes: QuickTimes = { loadMs: null, largestMs: null };

interface Loaded {
  readonly source: ModelSource;
  readonly model: LoadedModel;
  /** What loading took, ms. */
  readonly loadMs: number;
}

await serveThread<ModelCall, ModelReply>(() => {
  let loaded: Loaded | null = null;
  let last: Promise<unknown> = Promise.resolve();

  async function unload(): Promise<void> {
    const { model } = loaded ?? {};
    loaded = null;
    await model?.close();
  }

  async function load(source: ModelSource): Promise<string | null> {
    const startedMs = performance.now();
    try {
      const model = await loadModel(source);
      loaded = { source, model, loadMs: performance.now() - startedMs };
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  async function answer(call: ModelCall): Promise<ServedAnswer<ModelReply>> {
    if (call.kind === 'load') return { result: { kind: 'load', refusal: await load(call.source) } };
    if (call.kind === 'unload') {
      await unload();
      return { result: { kind: 'unload' } };
    }
    if (loaded === null) throw new TypeError('No model is loaded.');
    if (call.kind === 'run') return { result: await run(loaded, call) };
    if (call.kind === 'try') return { result: await tried(loaded, call) };
    const chosen = await chooseModel(loaded, call);
    const isAnother = chosen.source !== loaded.source;
    loaded = { ...loaded, ...chosen };
    return { result: await replyOf(chosen, { loaded, call, isAnother }) };
  }

  return {
    answer(call) {
      const answered = last.then(() => answer(call));
      last = answered.catch(() => {});
      return answered;
    },
    close: () => last.then(unload),
  };
});

type CallOf<K extends ModelCall['kind']> = Extract<ModelCall, { readonly kind: K }>;

async function run({ model }: Loaded, { inputs, rowsMin }: CallOf<'run'>): Promise<ModelReply> {
  const spent = new Stopwatch();
  const results = await runRows(model, unpackInputs(inputs), { rowsMin, spent });
  return { kind: 'run', results: results.map(sent), ms: spent.ms };
}

async function tried(
  { model, source }: Loaded,
  { inputs, longestMsMax }: CallOf<'try'>,
): Promise<ModelReply> {
  const options = { known: unpackInputs(inputs), longestMsMax };
  const { problems } = await tryModel(model, source.manifest, options);
  return { kind: 'try', problems };
}

const chooseModel = (
  loaded: Loaded,
  { inputs, runRowsMax, quickRunMsMax }: CallOf<'measure'>,
): Promise<MeasuredModel> =>
  measureForService(loaded, unpackInputs(inputs), { runRowsMax, quickRunMsMax });

async function replyOf(
  { source, measurement }: MeasuredModel,
  parts: { readonly loaded: Loaded; readonly call: CallOf<'measure'>; readonly isAnother: boolean },
): Promise<ModelReply> {
  const isQuick = measurement.curve[0]!.ms <= parts.call.quickRunMsMax;
  const times = isQuick ? await quickTimes(parts.loaded, measurement.rowsMin) : slowTimes;
  const model = parts.isAnother ? source.model : null;
  return { kind: 'measure', measurement, model, ...times };
}

async function quickTimes({ source, model, loadMs }: Loaded, rowsMin: number): Promise<QuickTimes> {
  const largest = exampleInput(source.manifest.input, { seed: 1, isLargest: true });
  const largestMs = await timeLargest(model, largest, rowsMin);
  return { largestMs, loadMs: await warmLoadMs(source, loadMs) };
}

/**
 * The first load of a process starts the runtime too, and that of a thread compiles this code: 25
 * and 5 ms for a model that loads in 1, many times that on a busy machine. So a model is loaded
 * again, or the first student of every gateway would seem too large for the event loop.
 */
async function warmLoadMs(source: ModelSource, firstLoadMs: number): Promise<number> {
  const loadsMs = [firstLoadMs];
  if (source.model.byteLength > reloadedBytesMax) return firstLoadMs;
  do {
    const startedMs = performance.now();
    const model = await loadModel(source);
    loadsMs.push(performance.now() - startedMs);
    await model.close();
  } while (loadsMs.length <= warmLoads && loadsMs.at(-1)! <= warmLoadMsMax);
  return Math.min(...loadsMs);
}

const sent = (result: RowResult): SentResult =>
  result instanceof Error ? sentError(result) : result;
