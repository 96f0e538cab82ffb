import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImagePreprocess } from '../../src/preprocess/preprocess-spec.js';
import { bundleFormat, type BundleManifest, type Lineage } from '../../src/registry/bundle.js';
import type { ImageInput } from '../../src/task/task.js';

/** How a model gets the pixels as they come. */
export const asTheyAre = ({ width, height, channels }: ImageInput): ImagePreprocess => ({
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

const digits: ImageInput = { kind: 'image', width: 28, height: 28, channels: 1 };

/** The lineage of a student that the gateway has trained itself. */
export const fakeLineage: Lineage = {
  trainer: 'embedded',
  seed: 1,
  rows: 1234,
  snapshotSha256: 'ab'.repeat(32),
  teacherVersion: 't1-aaaaaaaa',
  parent: null,
  command: 'npm run make:digits',
  durationMs: 1500,
};

/** A valid manifest for these model bytes. */
export function fakeManifest(model: Uint8Array): BundleManifest {
  return {
    format: bundleFormat,
    version: 'candidate',
    task: 'digits',
    createdAt: '2026-01-02T03:04:05.000Z',
    model: {
      file: 'model.onnx',
      sha256: createHash('sha256').update(model).digest('hex'),
      bytes: model.byteLength,
      inputName: 'input',
      outputName: 'logits',
      parameters: 50_890,
      multiplyAdds: 50_816,
      architecture: 'MLP 784-64-10',
    },
    labels: ['zero', 'one'],
    input: digits,
    preprocess: asTheyAre(digits),
    output: { kind: 'logits' },
    files: [],
    recorded: null,
    calibration: { temperature: 1, score: 'top-probability' },
    lineage: fakeLineage,
    licence: { weights: 'Apache-2.0', data: 'CC BY 4.0' },
  };
}

/**
 * Writes a bundle directory whose model is `content` as bytes: ONNX Runtime would refuse it, the
 * registry does not care. `change` may spoil the manifest.
 */
export function writeFakeBundle(
  dir: string,
  content: string,
  change: (manifest: BundleManifest) => unknown = (manifest) => manifest,
): string {
  const model = Buffer.from(content);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'model.onnx'), model);
  writeFileSync(join(dir, 'manifest.json'), JSON.stringify(change(fakeManifest(model))));
  return dir;
}
