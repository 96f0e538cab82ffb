import { InvalidBundleError } from '../errors.js';
import { dataFilesOf } from '../onnx/data-files.js';
import { InferenceSession } from '../onnx/runtime.js';
import { explainLoadFailure } from './explain-load-failure.js';

/**
 * Opens a model that somebody has brought. One with values in another file is refused, whether or
 * not ONNX Runtime would find that file: it would look for it in the working directory, and no
 * checksum of the bundle's covers it.
 *
 * @throws {InvalidBundleError} saying what is wrong with the file, and what to do about it.
 */
export async function openSession(
  model: Uint8Array,
  options: InferenceSession.SessionOptions,
): Promise<InferenceSession> {
  const [dataFile] = dataFilesOf(model);
  if (dataFile !== undefined)
    throw new InvalidBundleError(
      `The model's weights lie in another file, ${dataFile}, and a bundle's model is one file: ` +
        'export it with torch.onnx.export(..., external_data=False), or put them inside with ' +
        'onnx.save_model(onnx.load("model.onnx"), "one-file.onnx").',
    );
  try {
    // ONNX Runtime takes no memory that is shared.
    return await InferenceSession.create(model.slice(), options);
  } catch (cause) {
    throw new InvalidBundleError(explainLoadFailure(cause, model), {}, { cause });
  }
}
