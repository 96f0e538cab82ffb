import { scoreModel } from '../distillation/score-model.js';
import { openWorkerRunner } from '../model/worker-runner.js';
import type { BundleManifest } from '../registry/bundle.js';
import { readBundle } from '../registry/read-bundle.js';
import { softmax, topClass } from '../routing/confidence.js';
import { logitsOf } from '../routing/rate-logits.js';
import type { LabelledImage } from '../task/labelled-images.js';

/** A bundle's model by itself, without a gateway around it. */
export interface OpenModel {
  readonly manifest: BundleManifest;
  /** @returns [images] of [classes] float32 logits. */
  score(images: readonly Uint8Array[]): Promise<readonly Float32Array[]>;
  /** @returns the images with the model's label and distribution. */
  label(images: readonly Uint8Array[]): Promise<readonly LabelledImage[]>;
  close(): Promise<void>;
}

/** Opens the model of a bundle directory. @throws {InvalidBundleError} */
export async function openModel(bundleDir: string): Promise<OpenModel> {
  const bundle = await readBundle(bundleDir);
  const { manifest } = bundle;
  const runner = await openWorkerRunner({ ...bundle, provider: 'cpu' });
  const score: OpenModel['score'] = (images) => scoreModel(runner, images);
  return {
    manifest,
    score,
    async label(images) {
      const scores = await score(images);
      return images.map((image, index) => {
        const logits = logitsOf(scores[index]!, manifest.calibration);
        const probabilities = softmax(logits, manifest.calibration.temperature);
        return { image, label: topClass(probabilities).label, probabilities };
      });
    },
    close: () => runner.close(),
  };
}

/** @returns the share of rows whose label the model gives. */
export async function accuracyOf(
  model: OpenModel,
  rows: readonly Pick<LabelledImage, 'image' | 'label'>[],
): Promise<number> {
  const labelled = await model.label(rows.map(({ image }) => image));
  return rows.filter(({ label }, index) => labelled[index]!.label === label).length / rows.length;
}
