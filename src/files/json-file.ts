import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { z } from 'zod';
import { InvalidConfigError } from '../errors.js';
import { replaceFile } from './atomic-file.js';
import { schemaProblemsOf } from './schema-problems.js';
import { createTurns } from './in-turn.js';

export interface JsonFile<T> {
  /**
   * @returns null when the file is not there.
   * @throws {InvalidConfigError} when it is not JSON, not what it must be, or cannot be read.
   */
  read(): Promise<T | null>;
  /** Replaces the content: a reader sees the old one or the new one, also after a crash. */
  write(value: T): Promise<void>;
  /** Resolves when all that was to be written is on disk, or has failed. */
  settle(): Promise<void>;
}

/**
 * A small file of state. Writes are made one after the other; of several that wait only the last is
 * made, for it says all that the others did.
 *
 * @param options  advice: what to do when it cannot be read, for the message; schema: what its
 *                 content must look like, where that is checked here.
 */
export function createJsonFile<T>(
  path: string,
  options: { readonly advice: string; readonly schema?: z.ZodType<T> },
): JsonFile<T> {
  const { advice, schema } = options;
  const unreadable = (why: string, cause?: unknown): InvalidConfigError =>
    new InvalidConfigError(`${path} cannot be read (${why}). ${advice}`, { path }, { cause });

  const { inTurn, settle } = createTurns();
  let next: { text: string; readonly done: Promise<void> } | null = null;
  return {
    async read() {
      await settle();
      let content: T;
      try {
        content = JSON.parse(await readFile(path, 'utf8')) as T;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
        throw unreadable(String(error), error);
      }
      const checked = schema?.safeParse(content);
      if (checked?.success === false)
        throw unreadable(schemaProblemsOf(checked.error).slice(0, 3).join('; '));
      return content;
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
    settle,
  };
}
