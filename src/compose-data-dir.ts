import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { InvalidConfigError } from './errors.js';
import { syncDirectory } from './files/atomic-file.js';
import { makeDirectory } from './files/make-directory.js';

/** @throws {InvalidConfigError} when it can not be made. */
export async function makeDataDir(dataDir: string): Promise<void> {
  await makeDirectory(resolve(dataDir)).catch((cause: unknown) => {
    const advice = 'Set UNDERSTUDY_DATA_DIR to a directory that can be written to.';
    const message = `The data directory ${dataDir} cannot be made: ${String(cause)}. ${advice}`;
    throw new InvalidConfigError(message, { dataDir }, { cause });
  });
}

const holdoutKeyBytes = 32;

/** Made before the log: a directory without it has never been a gateway's. */
export const holdoutKeyPathOf = (dataDir: string): string => join(dataDir, 'holdout.key');

/**
 * The secret that holdout rows are drawn by, made at the first start and kept.
 *
 * @throws {InvalidConfigError} when it is damaged, or gone although there is a log.
 */
export async function openHoldoutKey(path: string, isNew: boolean): Promise<Uint8Array> {
  if (isNew && !existsSync(path)) {
    const made = `${path}.tmp`; // A crash in between must not leave a key that anybody can guess.
    await writeFile(made, randomBytes(holdoutKeyBytes), { mode: 0o600, flush: true });
    await rename(made, path);
    await syncDirectory(dirname(path));
  }
  const key = existsSync(path) ? await readFile(path) : null;
  if (key?.byteLength === holdoutKeyBytes) return key;
  const problem =
    key === null ? 'is not there' : `has ${key.byteLength} bytes, not ${holdoutKeyBytes}`;
  throw new InvalidConfigError(
    `${path} ${problem}. Restore it from a backup, or start with another data directory: with ` +
      'another key, inputs that were trained on could become holdout rows.',
    { path },
  );
}
