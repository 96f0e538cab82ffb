import { createHash } from 'node:crypto';
import type { BundleManifest } from '../../registry/bundle.js';
import { readBundle } from '../../registry/read-bundle.js';
import { recordedAnswersOf } from '../../student/recorded-answers.js';
import { toInt8 } from '../../onnx/int8/to-int8.js';
import { recordAnswers } from '../record-answers.js';
import { writeBundleFiles } from '../write-bundle-files.js';

/** What became of a bundle; null in its place: nothing in the model can be made smaller. */
export interface CompressedBundle {
  readonly source: BundleManifest;
  readonly manifest: BundleManifest;
}

/**
 * Writes a bundle with the weights of another one in 8 bits (`onnx/int8/`): inputs, preprocessing
 * with its files, outputs, calibration, lineage and licence stay. Answers that were recorded are
 * recorded anew: it answers otherwise, by a little.
 *
 * @throws {InvalidBundleError} when the source is not a whole bundle.
 * @throws {InvalidModelOutputError} when the new model can not answer what was recorded.
 */
export async function compressBundle(
  sourceDir: string,
  outDir: string,
): Promise<CompressedBundle | null> {
  const source = await readBundle(sourceDir);
  const int8 = toInt8(source.model.slice()); // Out of shared memory, which is not decoded.
  if (int8 === null) return null;
  const { model, products, kept } = int8;
  const { manifest: before } = source;
  const sha256 = createHash('sha256').update(model).digest('hex');
  const manifest: BundleManifest = {
    ...before,
    version: `v0-${sha256.slice(0, 8)}`,
    createdAt: new Date().toISOString(),
    model: {
      ...before.model,
      ...{ file: 'model.onnx', sha256, bytes: model.byteLength },
      architecture: `${before.model.architecture}, int8`,
    },
    files: before.files.filter(({ file }) => file !== before.recorded),
    recorded: null,
    compression: {
      ...{ kind: 'int8', of: before.version, ofSha256: before.model.sha256 },
      ...{ products, kept },
    },
  };
  await writeBundleFiles(outDir, { manifest, model, files: source.files });
  const recorded = recordedAnswersOf(source).map(({ input }) => input);
  if (recorded.length > 0) await recordAnswers(outDir, recorded);
  return { source: before, manifest };
}
