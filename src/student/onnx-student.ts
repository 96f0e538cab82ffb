import { availableParallelism } from 'node:os';
import type { Batching } from '../model/compare-runs.js';
import type { CostPoint } from '../model/measure-model.js';
import { unkeptThreads, type ModelThreads } from '../model/model-threads.js';
import { openRunner } from '../model/open-runner.js';
import type { ExecutionProvider } from '../onnx/execution-provider.js';
import type { BundleManifest } from '../registry/bundle.js';
import type { Bundle } from '../registry/read-bundle.js';
import type { Input } from '../task/task.js';
import type { ConcurrencyLimit } from './concurrency-limit.js';
import { createPacedBatcher } from './paced-batcher.js';
import { runRowsMax } from './run-size.js';
import type { Student } from './student.js';

/** Threads of one model: more than these share the memory's bandwidth, each with its own copy. */
const lanesMax = 4;

/** Plain values, the same in every process. */
export interface StudentSettings {
  readonly provider: ExecutionProvider;
  /** Time that a run may take, ms: batches grow no further. */
  readonly runMsTarget: number;
  /** Rows that may wait; more are refused. */
  readonly queueRowsMax: number;
  /** Lets in as many rows as the student answers quickly; else as many as may wait. */
  readonly isLimitAdaptive: boolean;
  /** Threads of a model that does not run on the event loop; null: as many as there are cores. */
  readonly lanes: number | null;
}

export interface StudentOptions extends StudentSettings {
  /** Real inputs to warm up and measure with; none is allowed. */
  readonly inputs: readonly Input[];
  /** What it must be able to answer before it serves, examples for none; default: not asked. */
  readonly known?: readonly Input[];
  readonly modelThreads: ModelThreads;
}

export const defaultStudentSettings: StudentSettings = {
  provider: 'cpu',
  runMsTarget: 25,
  queueRowsMax: 4096,
  isLimitAdaptive: true,
  lanes: null,
};

export interface OnnxStudent extends Student {
  readonly manifest: BundleManifest;
  /** Median time of a one-row run when it was loaded, ms. */
  readonly runMs: number;
  /** What a run costs, by its rows. */
  readonly curve: readonly CostPoint[];
  readonly batching: Batching;
  readonly runnerKind: 'inline' | 'worker';
  readonly provider: ExecutionProvider;
  /** What a request takes room in before it asks. */
  readonly limit: ConcurrencyLimit;
  /** Rows of a run at most, as adapted by now. */
  runRowsMax(): number;
  /** Rows that wait for a run. */
  queuedRows(): number;
}

/**
 * Loads a bundle's model, measures it and puts it where it belongs (event loop or worker threads).
 *
 * @throws {InvalidBundleError} when ONNX Runtime refuses the model, it misfits its manifest, or can
 *         not answer what is `known`.
 * @throws {InvalidModelOutputError} when it can not run.
 */
export async function openOnnxStudent(
  bundle: Bundle,
  options: Partial<StudentOptions> = {},
): Promise<OnnxStudent> {
  const { manifest } = bundle;
  const { inputs = [], known, modelThreads = unkeptThreads, ...settings } = options;
  const { provider, queueRowsMax, lanes, ...rest } = { ...defaultStudentSettings, ...settings };
  const { runner, runMs, curve, batching } = await openRunner(
    { ...bundle, provider },
    {
      runRowsMax,
      lanes: lanes ?? defaultLanes(),
      inputs,
      ...(known === undefined ? {} : { known }),
      startThread: (source) => modelThreads.open(source),
    },
  );
  const paced = createPacedBatcher(runner, {
    ...{ curve, batching, queueRowsMax, ...rest },
    nowMs: () => performance.now(),
  });
  const { batcher, limit } = paced;
  let closing: Promise<void> | undefined;

  return {
    version: manifest.version,
    manifest,
    runMs,
    curve,
    batching,
    runnerKind: runner.kind,
    provider,
    limit,
    runRowsMax: paced.runRowsMax,
    queuedRows: () => batcher.queuedRows(),
    predict: (inputs, waiter) => batcher.predict(inputs, waiter),
    close: () => (closing ??= batcher.idle().then(() => runner.close())),
  };
}

/** One core stays with the event loop. */
const defaultLanes = (): number => Math.min(lanesMax, Math.max(1, availableParallelism() - 1));
