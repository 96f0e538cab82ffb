import { readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { InvalidBundleError } from '../errors.js';
import { parseJson } from '../files/parse-json.js';
import { hashFile } from '../files/hash-file.js';
import { readShared, type SharedFile } from '../files/read-shared.js';
import type { BundleFile, BundleManifest } from './bundle.js';
import { parseManifest, type WrittenManifest } from './bundle-schema.js';

export interface Bundle {
  readonly manifest: BundleManifest;
  /** The model file's bytes, equal to the manifest's checksum; in memory that threads share. */
  readonly model: Uint8Array;
  /** The other files, by name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

const advice = 'Copy the bundle again from where it was made; do not edit its files.';

/**
 * Reads a bundle directory, and believes nothing: the manifest's fields, where its files lie, their
 * sizes and their SHA-256 (where the manifest gives them) are checked before a byte is used.
 *
 * @throws {InvalidBundleError} saying what was expected, what was found and what to do.
 */
export async function readBundle(dir: string): Promise<Bundle> {
  const written = await readWritten(dir);
  const model = await readChecked(dir, written.model, readShared);
  const files = await readFiles(dir, written);
  const { version = `v0-${model.fact.sha256.slice(0, 8)}` } = written;
  const { createdAt = new Date(model.changedMs).toISOString() } = written;
  const manifest: BundleManifest = {
    ...written,
    version,
    createdAt,
    model: { ...written.model, ...model.fact },
    files: files.map(({ fact }) => fact),
  };
  const contents = files.map(({ fact, bytes }) => [fact.file, bytes] as const);
  return { manifest, model: model.bytes, files: new Map(contents) };
}

/**
 * Checks all that `readBundle` checks, and keeps nothing of the files in memory.
 *
 * @throws {InvalidBundleError} as `readBundle`.
 */
export async function verifyBundle(dir: string): Promise<void> {
  const written = await readWritten(dir);
  const hashed = async (path: string) => ({ sha256: await hashFile(path) });
  for (const file of [written.model, ...filesOf(written)]) await readChecked(dir, file, hashed);
}

/**
 * Reads and validates the manifest; the files only where it leaves out what they say.
 *
 * @throws {InvalidBundleError} when it is missing, no JSON, or not a manifest.
 */
export async function readManifest(dir: string): Promise<BundleManifest> {
  const written = await readWritten(dir);
  const { version, createdAt, model } = written;
  const { sha256, bytes } = model;
  const isComplete = version && createdAt && sha256 && bytes && namedFiles(written).length === 0;
  if (!isComplete) return (await readBundle(dir)).manifest;
  return { ...written, version, createdAt, model: { ...model, sha256, bytes } };
}

async function readWritten(dir: string): Promise<WrittenManifest> {
  const path = join(dir, 'manifest.json');
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  let content: unknown;
  try {
    content = parseJson(text);
  } catch (cause) {
    const message = `${path} is not JSON: ${(cause as Error).message}. Mend it there.`;
    throw new InvalidBundleError(message, { file: path }, { cause });
  }
  return parseManifest(content, path);
}

/** Files that the manifest speaks of without their checksum. */
function namedFiles({ files, preprocess, recorded }: WrittenManifest): readonly string[] {
  const named = [recorded];
  if (preprocess.kind === 'tokenizer') named.push(preprocess.file, preprocess.configFile);
  const listed = new Set(files.map(({ file }) => file));
  return named.filter((file) => file !== null && !listed.has(file)) as string[];
}

/** All but the model, with what the manifest says of each. */
const filesOf = (written: WrittenManifest): readonly ExpectedFile[] => [
  ...written.files,
  ...namedFiles(written).map((file) => ({ file })),
];

interface ExpectedFile {
  readonly file: string;
  readonly sha256?: string | undefined;
  readonly bytes?: number | undefined;
}
interface CheckedFile {
  readonly fact: BundleFile;
  readonly changedMs: number;
}

async function readFiles(dir: string, written: WrittenManifest) {
  const read: (CheckedFile & SharedFile)[] = [];
  for (const file of filesOf(written)) read.push(await readChecked(dir, file, readShared));
  return read;
}

async function readChecked<T extends Pick<SharedFile, 'sha256'>>(
  dir: string,
  expected: ExpectedFile,
  read: (path: string) => Promise<T>,
): Promise<CheckedFile & T> {
  const { file } = expected;
  const path = await placeOf(dir, file);
  const { size, mtimeMs } = await stat(path);
  if (size === 0)
    throw new InvalidBundleError(`${path} is empty (0 bytes): export or copy it again.`);
  if (expected.bytes !== undefined && size !== expected.bytes)
    throw mismatch(path, { what: 'bytes', expected: expected.bytes, got: size });
  const content = await read(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  const { sha256 } = content;
  if (expected.sha256 !== undefined && sha256 !== expected.sha256)
    throw mismatch(path, { what: 'SHA-256', expected: expected.sha256, got: sha256 });
  return { ...content, fact: { file, sha256, bytes: size }, changedMs: mtimeMs };
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
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'is missing',
    ENOTDIR: 'can not be there: that is a file, no directory',
  };
  const why = reasons[code] ?? `can not be read (${code})`;
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
