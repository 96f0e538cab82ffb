import { unwatchFile, watchFile } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { InvalidConfigError } from '../errors.js';
import { createTurns } from '../files/in-turn.js';
import type { Log } from '../telemetry/log.js';
import { parseKeys, type ApiKey } from './api-key.js';
import { createKeyRing, type KeyRing } from './key-ring.js';

export interface OpenKeys {
  readonly ring: KeyRing;
  /** Looks at the file no more. */
  close(): void;
}

/** How often the file is looked at, ms: a key that is taken away is good for no longer. */
const lookMs = 2_000;

/**
 * Reads a keys file, and again whenever it changes. A file that can not be read then, or is wrong,
 * is told to the log and leaves the keys as they are: neither may everything be open, nor everybody
 * be shut out.
 *
 * Not `fs.watch`: it follows the file, and a file that is replaced (by an editor, a mounted secret)
 * is another one.
 *
 * @throws {InvalidConfigError} at the start, listing what is wrong.
 */
export async function openKeys(path: string, log: Pick<Log, 'info' | 'error'>): Promise<OpenKeys> {
  const { inTurn } = createTurns();
  let ring: KeyRing | null = null;
  async function readAgain(): Promise<void> {
    try {
      const keys = await readKeys(path);
      ring?.replace(keys);
      log.info('keys-changed', { path, keys: keys.length });
    } catch (err) {
      log.error('keys-unreadable', { path, err });
    }
  }
  const look = (): void => void inTurn(readAgain);
  watchFile(path, { interval: lookMs, persistent: false }, look); // First: no change is missed.
  const close = (): void => unwatchFile(path, look);
  try {
    ring = createKeyRing(await inTurn(() => readKeys(path)));
  } catch (error) {
    close();
    throw error;
  }
  return { ring, close };
}

/** Reads a keys file, YAML or JSON. @throws {InvalidConfigError} listing what is wrong. */
export async function readKeys(path: string): Promise<readonly ApiKey[]> {
  let content: unknown;
  try {
    content = parse(await readFile(path, 'utf8'));
  } catch (cause) {
    const why = (cause as Error).message;
    throw new InvalidConfigError(
      `The keys file ${path} cannot be read: ${why} Make it with ` +
        '`understudy key NAME >> FILE`; without UNDERSTUDY_KEYS_FILE everything is open.',
      { path },
      { cause },
    );
  }
  return parseKeys(content, path);
}
