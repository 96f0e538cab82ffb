import '../onnx/without-telemetry.js'; // A thread has only a copy of the environment: set it here.
import { InvalidBundleError, InvalidModelOutputError } from '../errors.js';
import { openThread, type Thread, type ThreadErrors } from '../threads/thread.js';
import type { ModelSource } from './model-runner.js';
import type { ModelCall, ModelReply } from './runner-worker.js';

export type ModelThread = Thread<ModelCall, ModelReply>;

const errors: ThreadErrors = {
  refused: (message) => new InvalidBundleError(message),
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
 */
export function openModelThread(data: ModelSource): Promise<ModelThread> {
  return openThread({ url: new URL('./runner-worker.js', import.meta.url), data, errors });
}
