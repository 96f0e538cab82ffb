import { openRunner } from '../onnx/open-runner.js';
import type { BundleManifest } from '../registry/bundle.js';
import { createMicroBatcher, type BatcherLimits } from './micro-batcher.js';
import type { Student } from './student.js';

/** Rows of one run: an MLP of this size gains little past it, and a run stays short. */
const defaultLimits: BatcherLimits = { runRowsMax: 64, queueRowsMax: 4096 };

export interface OnnxStudent extends Student {
  readonly manifest: BundleManifest;
  /** Median time of a one-row run when it was loaded, ms. */
  readonly runMs: number;
  readonly runnerKind: 'inline' | 'worker';
}

/**
 * Loads a bundle's model, measures it and puts it where it belongs (event loop or worker thread).
 *
 * @throws {InvalidBundleError} when ONNX Runtime refuses the model.
 * @throws {InvalidModelOutputError} when the model does not give [batch, classes] float32.
 */
export async function openOnnxStudent(
  bundle: { readonly manifest: BundleManifest; readonly model: Uint8Array },
  limits: BatcherLimits = defaultLimits,
): Promise<OnnxStudent> {
  const { manifest, model } = bundle;
  const shape = modelShapeOf(manifest);
  const { runner, runMs } = await openRunner(model, shape);
  const batcher = createMicroBatcher(runner, shape, limits);
  let closing: Promise<void> | undefined;

  return {
    version: manifest.version,
    manifest,
    runMs,
    runnerKind: runner.kind,
    predict: (rows, signal) => batcher.predict(rows, signal),
    close: () => (closing ??= batcher.idle().then(() => runner.close())),
  };
}

/** Says what goes into a bundle's model and what comes out, in numbers for each row. */
export function modelShapeOf(manifest: BundleManifest): {
  inputName: string;
  outputName: string;
  inputSize: number;
  outputSize: number;
} {
  const { width, height, channels } = manifest.input;
  return {
    inputName: manifest.model.inputName,
    outputName: manifest.model.outputName,
    inputSize: width * height * channels,
    outputSize: manifest.labels.length,
  };
}
