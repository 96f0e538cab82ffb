import '../onnx/without-telemetry.js'; // A thread has only a copy of the environment: set it here.
import { InvalidBundleError, InvalidModelOutputError } from '../errors.js';
import { openThread, type Thread, type ThreadErrors } from '../threads/thread.js';
import type { ModelSource } from './model-runner.js';
import type { ModelCall, ModelReply } from './runner-worker.js';

export type ModelThread = Thread<ModelCall, ModelReply>;

const errors: ThreadErrors = {
  refused: (message) => new InvalidModelOutputError(message),
  failed: (message) => new InvalidModelOutputError(message),
  ended: (cause) =>
    cause === undefined
      ? new InvalidModelOutputError('The model thread has ended.')
      : new InvalidModelOutputError(cause.message, {}, { cause }),
};

/**
 * Starts a thread with a model of its own.
 *
 * @throws {InvalidBundleError} when the model does not load or does not fit its manifest.
 * @throws {InvalidModelOutputError} when the thread ends meanwhile.
 */
export async function openModelThread(source: ModelSource): Promise<ModelThread> {
  const thread = await startModelThread();
  try {
    await loadInto(thread, source);
    return thread;
  } catch (error) {
    await thread.close();
    throw error;
  }
}

/**
 * Starts a thread that has no model yet.
 *
 * @throws {InvalidModelOutputError} when it ends at its start.
 */
export function startModelThread(): Promise<ModelThread> {
  const url = new URL('./runner-thread.js', import.meta.url);
  return openThread({ url, data: null, errors });
}

/**
 * Loads a model in a thread that has none.
 *
 * @throws {InvalidBundleError} when the model does not load or does not fit its manifest.
 */
export async function loadInto(thread: ModelThread, source: ModelSource): Promise<void> {
  const reply = await thread.call({ kind: 'load', source });
  if (reply.kind === 'load' && reply.refusal !== null) throw new InvalidBundleError(reply.refusal);
}
