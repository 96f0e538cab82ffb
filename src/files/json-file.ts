import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InvalidConfigError } from '../errors.js';
import { replaceFile } from './atomic-file.js';
import { createTurns } from './in-turn.js';

export interface JsonFile<T> {
  /**
   * @returns null when the file is not there.
   * @throws {InvalidConfigError} when it is not JSON, or cannot be read.
   */
  read(): Promise<T | null>;
  /** Replaces the content: a reader sees the old one or the new one, also after a crash. */
  write(value: T): Promise<void>;
}

/**
 * A small file of state. Writes are made one after the other; of several that wait only the last is
 * made, for it says all that the others did.
 *
 * @param holds  what would be lost with the file, for messages.
 */
export function createJsonFile<T>(path: string, holds: string): JsonFile<T> {
  const { inTurn, settle } = createTurns();
  let next: { text: string; readonly done: Promise<void> } | null = null;
  return {
    async read() {
      await settle();
      try {
        return JSON.parse(await readFile(path, 'utf8')) as T;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
        throw new InvalidConfigError(
          `${path} cannot be read (${String(error)}). It holds ${holds}. Restore it from a ` +
            'backup; or delete it, to start without that.',
          { path },
          { cause: error },
        );
      }
    },
    write(value) {
      const text = `${JSON.stringify(value, null, 2)}\n`;
      if (next !== null) {
        next.text = text;
        return next.done;
      }
      const done = inTurn(async () => {
        const latest = next!.text;
        next = null;
        await mkdir(dirname(path), { recursive: true });
        await replaceFile(path, { text: latest, temporary: `${path}.tmp` });
      });
      next = { text, done };
      return done;
    },
  };
}
