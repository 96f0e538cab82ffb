import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { replaceFile } from './atomic-file.js';

export interface JsonFile<T> {
  /** @returns null when the file is not there. @throws {SyntaxError} when it is not JSON. */
  read(): Promise<T | null>;
  /** Replaces the content: a reader sees the old one or the new one, also after a crash. */
  write(value: T): Promise<void>;
}

/**
 * A small file of state. Writes are made one after the other; of several that wait only the last is
 * made, for it says all that the others did.
 */
export function createJsonFile<T>(path: string): JsonFile<T> {
  let tail: Promise<void> = Promise.resolve();
  let next: { text: string; readonly done: Promise<void> } | null = null;
  return {
    async read() {
      await tail;
      try {
        return JSON.parse(await readFile(path, 'utf8')) as T;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
        throw error;
      }
    },
    write(value) {
      const text = `${JSON.stringify(value, null, 2)}\n`;
      if (next !== null) {
        next.text = text;
        return next.done;
      }
      const done = tail.then(() => {
        const latest = next!.text;
        next = null;
        return mkdir(dirname(path), { recursive: true }).then(() =>
          replaceFile(path, { text: latest, temporary: `${path}.tmp` }),
        );
      });
      next = { text, done };
      tail = done.catch(() => {});
      return done;
    },
  };
}
