import { InferenceSession, Tensor } from './runtime.js';
import { InvalidBundleError, InvalidModelOutputError } from '../errors.js';
import type { ModelRunner, ModelShape } from './model-runner.js';
import { sessionOptions } from './session-options.js';

/**
 * Opens a model on the calling thread. `run()` of onnxruntime-node blocks that thread for the whole
 * forward pass, so only models of a fraction of a millisecond belong on the event loop.
 *
 * @throws {InvalidBundleError} when ONNX Runtime refuses the model or a named tensor is missing.
 */
export async function openInlineRunner(model: Uint8Array, shape: ModelShape): Promise<ModelRunner> {
  const session = await createSession(model, shape);
  const { inputName, outputName, inputSize } = shape;
  let lastRun: Promise<unknown> = Promise.resolve(); // Runs end in the order of their start.
  let closing: Promise<void> | undefined;

  async function runOnce(input: Float32Array, rows: number): Promise<Float32Array> {
    try {
      const feeds = { [inputName]: new Tensor('float32', input, [rows, inputSize]) };
      const results = await session.run(feeds, [outputName]);
      return checkOutput(results[outputName], rows, shape);
    } catch (cause) {
      if (cause instanceof InvalidModelOutputError) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new InvalidModelOutputError(`The model cannot run: ${reason}`, { rows }, { cause });
    }
  }

  return {
    kind: 'inline',
    run(input, rows) {
      const run = runOnce(input, rows);
      lastRun = run.catch(() => {});
      return run;
    },
    // Releasing the session at once would fail the runs that have been asked for.
    close: () => (closing ??= lastRun.then(() => session.release())),
  };
}

async function createSession(model: Uint8Array, shape: ModelShape): Promise<InferenceSession> {
  let session: InferenceSession;
  try {
    session = await InferenceSession.create(model, sessionOptions);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidBundleError(`ONNX Runtime cannot load the model: ${reason}`, {}, { cause });
  }
  const { inputNames, outputNames } = session;
  if (!inputNames.includes(shape.inputName) || !outputNames.includes(shape.outputName)) {
    await session.release();
    throw new InvalidBundleError(
      `The model has inputs [${inputNames.join()}] and outputs [${outputNames.join()}], the ` +
        `manifest names ${shape.inputName} and ${shape.outputName}. Mend the manifest.`,
    );
  }
  return session;
}

function checkOutput(tensor: Tensor | undefined, rows: number, shape: ModelShape): Float32Array {
  const { data, type = 'nothing', dims = [] } = tensor ?? {};
  const isMatrix = dims.length === 2 && dims[0] === rows && dims[1] === shape.outputSize;
  if (!(data instanceof Float32Array) || !isMatrix) {
    throw new InvalidModelOutputError(
      `The model gave ${type} [${dims.join()}], expected float32 [${rows},${shape.outputSize}].`,
      { rows, outputSize: shape.outputSize },
    );
  }
  return data;
}
