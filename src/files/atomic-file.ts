import { open, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StorageFailedError } from '../errors.js';

/** Writes a file. @throws {StorageFailedError} naming it, when the disk does not take it. */
export const writeWhole = (path: string, data: string | Uint8Array): Promise<void> =>
  naming(path, () => writeFile(path, data));

/** Writes a file and waits until its bytes are on disk. @throws as `writeWhole`. */
export const writeSynced = (path: string, data: string | Uint8Array): Promise<void> =>
  naming(path, () => writeToDisk(path, data));

/** What the disk says of a file that it has opened has no name in it. */
async function naming(path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    const { path: named } = error as NodeJS.ErrnoException;
    throw named === undefined ? unwritten(path, error) : error;
  }
}

async function writeToDisk(path: string, data: string | Uint8Array): Promise<void> {
  const handle = await open(path, 'w');
  try {
    await handle.writeFile(data);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Waits until a directory's entries (files made, renamed, removed) are on disk. */
export async function syncDirectory(dir: string): Promise<void> {
  if (process.platform === 'win32') return; // Windows can not open a directory to sync it.
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Replaces a file: after a crash at any moment it is the old one or the new one, whole.
 *
 * @throws {StorageFailedError} when the disk does not let it; the old one is there then.
 */
export async function replaceFile(
  path: string,
  { text, temporary }: { text: string; temporary: string },
): Promise<void> {
  try {
    await writeToDisk(temporary, text);
    await rename(temporary, path);
    await syncDirectory(dirname(path));
  } catch (error) {
    throw unwritten(path, error);
  }
}

function unwritten(path: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  return new StorageFailedError(
    `${path} could not be written (${message}). Make room on the disk, or mend it.`,
    { path, reason: code },
    { cause: error },
  );
}
