import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '../files/atomic-file.js';
import type { BundleManifest } from '../registry/bundle.js';
import type { Bundle } from '../registry/read-bundle.js';

/** Writes the directory of a bundle: the files that its manifest names, and that last. */
export async function writeBundleFiles(
  dir: string,
  { manifest, model, files }: Bundle,
): Promise<void> {
  await mkdir(dir, { recursive: true });
  await writeWhole(join(dir, manifest.model.file), model);
  for (const { file } of manifest.files) await writeWhole(join(dir, file), files.get(file)!);
  await writeManifest(dir, manifest);
}

export const writeManifest = (dir: string, manifest: BundleManifest): Promise<void> =>
  writeWhole(join(dir, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
