import './without-telemetry.js'; // A thread has only a copy of the environment: set it here.
import { InvalidBundleError, InvalidModelOutputError } from '../errors.js';
import { keepOpen } from '../threads/keep-open.js';
import { openThread, type Thread, type ThreadErrors } from '../threads/thread.js';
import type { ModelRunner, ModelShape } from './model-runner.js';
import type { WorkerModel, WorkerRun } from './runner-worker.js';

type ModelThread = Thread<WorkerRun, Float32Array>;

export interface WorkerRunnerOptions {
  /** Starts the thread; another one than the default is for tests. */
  readonly startThread?: (data: WorkerModel) => Promise<ModelThread>;
  /** ms, never set back: how often a dead thread is opened again. */
  readonly nowMs?: () => number;
}

/**
 * Opens a model in a thread of its own, so that a long run never blocks the event loop. A round
 * trip costs about 0.05 ms; buffers are transferred, not copied. When the thread dies, the runs in
 * flight fail, and the next run opens it again.
 *
 * @throws {InvalidBundleError} when the model does not load.
 */
export async function openWorkerRunner(
  model: Uint8Array,
  shape: ModelShape,
  { startThread = openModelThread, nowMs }: WorkerRunnerOptions = {},
): Promise<ModelRunner> {
  const open = (): Promise<ModelThread> => startThread({ model, shape });
  const thread = keepOpen({
    open,
    first: await open(),
    refused: (cause) =>
      new InvalidModelOutputError(
        `The model thread has ended, and can not be opened again: ${cause.message}`,
        {},
        { cause },
      ),
    closed: () => new InvalidModelOutputError('The model is closed.'),
    ...(nowMs === undefined ? {} : { nowMs }),
  });

  return {
    kind: 'worker',
    run(input, rows) {
      const own = input.slice(); // The caller's rows may be read again: give a copy away.
      return thread.use((thread) => thread.call({ input: own, rows }, [own.buffer]));
    },
    close: () => thread.close(),
  };
}

const errors: ThreadErrors = {
  refused: (message) => new InvalidBundleError(message),
  failed: (message) => new InvalidModelOutputError(message),
  ended: (cause) =>
    cause === undefined
      ? new InvalidModelOutputError('The model thread has ended.')
      : new InvalidModelOutputError(cause.message, {}, { cause }),
};

/** Starts the thread of a model. */
export function openModelThread(data: WorkerModel): Promise<ModelThread> {
  return openThread({ url: new URL('./runner-worker.js', import.meta.url), data, errors });
}
