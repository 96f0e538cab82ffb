import { createHash } from 'node:crypto';
import { bundleFormat, type BundleManifest, type Lineage } from '../registry/bundle.js';
import type { Novelty } from '../routing/novelty.js';
import type { TaskSpec } from '../task/task.js';
import type { StudentModel } from './student-model.js';
import { modelTensors } from './training-graph.js';
import { writeBundleFiles } from './write-bundle-files.js';

export interface BundleContent {
  readonly task: TaskSpec;
  readonly model: StudentModel;
  readonly temperature: number;
  readonly createdAt: string;
  readonly lineage: Lineage;
  readonly licence: BundleManifest['licence'];
}

/**
 * Writes a bundle directory: the model, what its preprocessing reads, and its manifest. Its version
 * starts with `v0`; a registry gives it its number when it takes it in.
 */
export async function writeBundle(dir: string, content: BundleContent): Promise<BundleManifest> {
  const { task, model, lineage } = content;
  const { files = new Map<string, Uint8Array>() } = model;
  const sha256 = sha256Of(model.onnx);
  const manifest: BundleManifest = {
    format: bundleFormat,
    version: `v0-${sha256.slice(0, 8)}`,
    task: task.name,
    createdAt: content.createdAt,
    model: {
      file: 'model.onnx',
      sha256,
      bytes: model.onnx.byteLength,
      inputName: model.inputName,
      outputName: model.outputName ?? modelTensors.output,
      parameters: model.parameters,
      multiplyAdds: model.multiplyAdds,
      architecture: model.description,
    },
    labels: task.labels,
    input: task.input,
    preprocess: model.preprocess,
    output: { kind: 'logits' },
    files: [...files].map(([file, bytes]) => ({
      ...{ file, sha256: sha256Of(bytes), bytes: bytes.byteLength },
    })),
    recorded: null,
    calibration: {
      temperature: content.temperature,
      score: 'top-probability',
      ...(model.novelty === null ? {} : { novelty: unfitted(model.novelty) }),
    },
    lineage,
    licence: content.licence,
  };
  await writeBundleFiles(dir, { manifest, model: model.onnx, files });
  return manifest;
}

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Nothing is out of scope until it is fitted, on rows that no weight was fitted on. */
const unfitted = ({ outputName, features }: NonNullable<StudentModel['novelty']>): Novelty => ({
  output: outputName,
  means: Array<number>(features).fill(0),
  deviations: Array<number>(features).fill(1),
  max: null,
});
