import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidBundleError } from '../errors.js';
import type { EvaluationJson } from '../http/api-types.js';
import { syncDirectory, writeSynced } from '../files/atomic-file.js';
import type { BundleManifest } from './bundle.js';
import { readManifest, type Bundle } from './read-bundle.js';

export interface StoredBundle {
  readonly dir: string;
  readonly manifest: BundleManifest;
  /** Null for a student that came from outside, unjudged. */
  readonly evaluation: EvaluationJson | null;
}

const modelFile = 'model.onnx';
const versionName = /^v([1-9][0-9]*)-[0-9a-f]{8}$/;

/** The number in a version's name; 0 for another name. */
export const numberOf = (version: string): number => Number(versionName.exec(version)?.[1] ?? 0);

/** A number above every version that lies in the directory, known to the pointer or not. */
export async function freeNumber(dir: string): Promise<number> {
  const names = await readdir(dir);
  return Math.max(0, ...names.map(numberOf)) + 1;
}

export interface Storing extends Bundle {
  readonly evaluation: EvaluationJson | null;
  /** Called when the files are on disk under a temporary name, before they get their own. */
  readonly commit: () => Promise<void>;
}

/** Writes `<dir>/<version>/`: whole, or (a crash) under a name that the next opening clears. */
export async function storeBundle(dir: string, bundle: Storing): Promise<StoredBundle> {
  const { manifest, model, files, evaluation, commit } = bundle;
  const own: BundleManifest = { ...manifest, model: { ...manifest.model, file: modelFile } };
  const incoming = join(dir, `.incoming-${manifest.version}`);
  await rm(incoming, { recursive: true, force: true });
  await mkdir(incoming);
  try {
    await writeSynced(join(incoming, modelFile), model);
    for (const [file, bytes] of files) await writeSynced(join(incoming, file), bytes);
    await writeSynced(join(incoming, 'manifest.json'), toJson(own));
    if (evaluation !== null)
      await writeSynced(join(incoming, 'evaluation.json'), toJson(evaluation));
    await syncDirectory(incoming);
    await commit();
    await rename(incoming, join(dir, manifest.version));
    await syncDirectory(dir);
  } finally {
    await rm(incoming, { recursive: true, force: true });
  }
  return { dir: join(dir, manifest.version), manifest: own, evaluation };
}

/**
 * Reads a stored bundle without its model.
 *
 * @throws {InvalidBundleError} when its files are not those of this version.
 */
export async function loadBundle(dir: string, version: string): Promise<StoredBundle> {
  const bundleDir = join(dir, version);
  const manifest = await readManifest(bundleDir);
  if (manifest.version !== version)
    throw new InvalidBundleError(
      `${bundleDir} holds version ${manifest.version}, not ${version}. Restore it from a backup.`,
      { file: bundleDir, expected: version, got: manifest.version },
    );
  return { dir: bundleDir, manifest, evaluation: await readEvaluation(bundleDir) };
}

/** Takes bundles away; `commit` is called between hiding them and deleting their files. */
export async function removeBundles(
  dir: string,
  versions: readonly string[],
  commit: () => Promise<void>,
): Promise<void> {
  const removedName = (version: string): string => join(dir, `.removed-${version}`);
  for (const version of versions) await rename(join(dir, version), removedName(version));
  try {
    await commit();
  } catch (error) {
    for (const version of versions) await rename(removedName(version), join(dir, version));
    throw error;
  }
  for (const version of versions) await rm(removedName(version), { recursive: true, force: true });
}

/**
 * Clears what a crash left behind, and tells which versions lie there whole. Whoever opens a
 * registry has its data directory alone: nobody else is in the middle of writing.
 *
 * @param keep  versions that stay, whatever is wrong with them: somebody must look at those.
 */
export async function clearLeftovers(
  dir: string,
  { keep }: { keep: ReadonlySet<string | null> },
): Promise<readonly string[]> {
  const whole: string[] = [];
  for (const name of await readdir(dir)) {
    const path = join(dir, name);
    const isVersion = numberOf(name) > 0;
    const isLeftover = isVersion
      ? !keep.has(name) && !(await hasFiles(path))
      : /^\.(removed|incoming|pointer)-/.test(name);
    if (isLeftover) await rm(path, { recursive: true, force: true });
    else if (isVersion) whole.push(name);
  }
  return whole;
}

async function hasFiles(bundleDir: string): Promise<boolean> {
  const names = await readdir(bundleDir).catch((): string[] => []);
  return names.includes('manifest.json') && names.includes(modelFile);
}

async function readEvaluation(bundleDir: string): Promise<EvaluationJson | null> {
  const path = join(bundleDir, 'evaluation.json');
  try {
    return JSON.parse(await readFile(path, 'utf8')) as EvaluationJson;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    const message = `${path} can not be read: ${(cause as Error).message}.`;
    throw new InvalidBundleError(`${message} Restore it, or delete it.`, { file: path }, { cause });
  }
}

const toJson = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
