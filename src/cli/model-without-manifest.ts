import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidBundleError } from '../errors.js';

/**
 * Finds the model where there is no manifest yet: an `.onnx` file, or the one in a directory. An
 * empty manifest counts as none: `check DIR > DIR/manifest.json` makes it before it reads.
 *
 * @returns null for anything else.
 * @throws {InvalidBundleError} for another file.
 */
export function modelWithoutManifest(path: string): string | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isFile() === true) {
    if (path.endsWith('.onnx')) return path;
    throw new InvalidBundleError(
      `${path} is a file. A bundle is a directory with manifest.json and the model file it ` +
        'names; for a first manifest, name the model, an .onnx file.',
    );
  }
  if (stat === undefined) return null;
  const manifest = join(path, 'manifest.json');
  if ((statSync(manifest, { throwIfNoEntry: false })?.size ?? 0) > 0) return null;
  const usual = join(path, 'model.onnx');
  if (existsSync(usual)) return usual;
  const models = readdirSync(path).filter((name) => name.endsWith('.onnx'));
  return models.length === 1 ? join(path, models[0]!) : null;
}
