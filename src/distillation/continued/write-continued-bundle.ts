import { createHash } from 'node:crypto';
import type { BundleManifest, Lineage } from '../../registry/bundle.js';
import type { Bundle } from '../../registry/read-bundle.js';
import { writeBundleFiles } from '../write-bundle-files.js';

export interface ContinuedContent {
  /** The bundle that was trained further. */
  readonly parent: Bundle;
  readonly task: string;
  readonly model: Uint8Array;
  readonly createdAt: string;
  readonly lineage: Lineage;
}

/**
 * Writes a bundle that is another one but for its weights: inputs, preprocessing with its files,
 * outputs and licence stay. Recorded answers are the old weights', and are left out.
 */
export async function writeContinuedBundle(dir: string, content: ContinuedContent): Promise<void> {
  const { parent, model } = content;
  const { manifest } = parent;
  const sha256 = createHash('sha256').update(model).digest('hex');
  const written: BundleManifest = {
    ...manifest,
    version: `v0-${sha256.slice(0, 8)}`,
    task: content.task,
    createdAt: content.createdAt,
    model: { ...manifest.model, sha256, bytes: model.byteLength },
    files: manifest.files.filter(({ file }) => file !== manifest.recorded),
    recorded: null,
    lineage: content.lineage,
  };
  await writeBundleFiles(dir, { ...parent, manifest: written, model });
}
