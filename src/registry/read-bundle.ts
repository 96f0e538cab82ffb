import { createHash } from 'node:crypto';
import { readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { InvalidBundleError } from '../errors.js';
import type { BundleManifest } from './bundle.js';
import { parseManifest } from './bundle-schema.js';

export interface Bundle {
  readonly manifest: BundleManifest;
  /** The model file's bytes, equal to the manifest's checksum. */
  readonly model: Uint8Array;
}

const advice = 'Copy the bundle again from where it was made; do not edit its files.';

/**
 * Reads a bundle directory, and believes nothing: the manifest's fields, where the model file lies,
 * its size and its SHA-256 are checked before a byte of it is used.
 *
 * @throws {InvalidBundleError} saying what was expected, what was found and what to do.
 */
export async function readBundle(dir: string): Promise<Bundle> {
  const manifest = await readManifest(dir);
  const { file, bytes, sha256 } = manifest.model;
  const path = await placeOf(dir, file);
  const { size } = await stat(path);
  if (size !== bytes) throw mismatch(path, { what: 'bytes', expected: bytes, got: size });
  const model = await readFile(path);
  const got = createHash('sha256').update(model).digest('hex');
  if (got !== sha256) throw mismatch(path, { what: 'SHA-256', expected: sha256, got });
  return { manifest, model };
}

/**
 * Reads and validates `manifest.json` alone.
 *
 * @throws {InvalidBundleError} when it is missing, no JSON, or not a manifest.
 */
export async function readManifest(dir: string): Promise<BundleManifest> {
  const path = join(dir, 'manifest.json');
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    const message = `${path} is not JSON: ${(cause as Error).message}. ${advice}`;
    throw new InvalidBundleError(message, { file: path }, { cause });
  }
  return parseManifest(content, path);
}

/** The file's real path, symbolic links followed, which must lie inside the directory. */
async function placeOf(dir: string, file: string): Promise<string> {
  const path = join(dir, file);
  const [realDir, realFile] = await Promise.all([realpath(dir), realpath(path)]).catch(
    (cause: unknown) => {
      throw unreadable(path, cause);
    },
  );
  if (!realFile.startsWith(`${realDir}${sep}`)) {
    const message = `${path} is a link to ${realFile}, outside its bundle. ${advice}`;
    throw new InvalidBundleError(message, { file: path, got: realFile });
  }
  return realFile;
}

function unreadable(path: string, cause: unknown): InvalidBundleError {
  const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
  const why = code === 'ENOENT' ? 'is missing' : `can not be read (${code})`;
  return new InvalidBundleError(
    `${path} ${why}. A bundle is a directory with manifest.json and the model file it names.`,
    { file: path, got: code },
    { cause },
  );
}

function mismatch(
  path: string,
  { what, expected, got }: { what: string; expected: string | number; got: string | number },
): InvalidBundleError {
  const message = `${path} is damaged: its manifest says ${what} ${expected}, it has ${got}.`;
  return new InvalidBundleError(`${message} ${advice}`, { file: path, expected, got });
}
