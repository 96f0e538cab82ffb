import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleFormat, type BundleManifest, type Lineage } from '../registry/bundle.js';
import { imageSizeOf, type ImageInput } from '../task/task.js';
import type { PreprocessSpec } from '../preprocess/preprocess-spec.js';
import type { ImageTask } from './image-task.js';
import { parameterCountOf, type Architecture } from './architecture.js';
import { buildModelGraph, modelTensors } from './training-graph.js';

export interface BundleContent {
  readonly task: ImageTask;
  readonly architecture: Architecture;
  /** [parameters] float32. */
  readonly theta: Float32Array;
  readonly temperature: number;
  readonly createdAt: string;
  readonly lineage: Lineage;
  readonly licence: BundleManifest['licence'];
}

/**
 * Writes a bundle directory: the model and its manifest. Its version starts with `v0`; a registry
 * gives it its number when it takes it in.
 */
export async function writeBundle(dir: string, content: BundleContent): Promise<BundleManifest> {
  const { task, architecture, theta, lineage } = content;
  const model = buildModelGraph(architecture, imageSizeOf(task.input), theta);
  const sha256 = createHash('sha256').update(model).digest('hex');
  const manifest: BundleManifest = {
    format: bundleFormat,
    version: `v0-${sha256.slice(0, 8)}`,
    task: task.name,
    createdAt: content.createdAt,
    model: {
      file: 'model.onnx',
      sha256,
      bytes: model.byteLength,
      inputName: modelTensors.input,
      outputName: modelTensors.output,
      parameters: parameterCountOf(architecture),
      multiplyAdds: architecture.multiplyAdds,
      architecture: architecture.description,
    },
    labels: task.labels,
    input: task.input,
    preprocess: asTheyAre(task.input),
    output: { kind: 'logits' },
    files: [],
    recorded: null,
    calibration: { temperature: content.temperature },
    lineage,
    licence: content.licence,
  };
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'model.onnx'), model);
  await writeFile(join(dir, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

/** Students that are made here take the pixels as they come. */
const asTheyAre = ({ width, height, channels }: ImageInput): PreprocessSpec => ({
  kind: 'image',
  width,
  height,
  resize: 'bilinear',
  layout: 'flat',
  channelOrder: 'rgb',
  scale: 1,
  mean: Array<number>(channels).fill(0),
  std: Array<number>(channels).fill(1),
});
