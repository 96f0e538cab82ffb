import { InferenceSession, Tensor } from 'onnxruntime-node';
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
  let isClosed = false;

  return {
    kind: 'inline',
    async run(input, rows) {
      const feeds = { [shape.inputName]: new Tensor('float32', input, [rows, shape.inputSize]) };
      const results = await session.run(feeds, [shape.outputName]);
      return checkOutput(results[shape.outputName], rows, shape);
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      await session.release();
    },
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
  const data = tensor?.data;
  if (!(data instanceof Float32Array) || data.length !== rows * shape.outputSize) {
    throw new InvalidModelOutputError(
      `The model gave ${tensor?.type ?? 'nothing'} [${tensor?.dims.join() ?? ''}], expected ` +
        `float32 [${rows},${shape.outputSize}].`,
      { rows, outputSize: shape.outputSize },
    );
  }
  return data;
}
