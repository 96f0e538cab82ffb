import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { z } from 'zod';
import { replaceFile } from './atomic-file.js';
import { createTurns } from './in-turn.js';

export interface JsonLines<T> {
  /** Oldest first, at most `linesMax`; those included that are on their way to the disk. */
  read(): readonly T[];
  /** Resolves when the line is on disk. Lines that wait share a write. */
  append(line: T): Promise<void>;
  /** Resolves when all that was to be written is on disk, or has failed. */
  settle(): Promise<void>;
}

/**
 * Opens a file of one JSON value a line that only grows at its end, and keeps the newest. A line
 * torn by a crash is left out, as are those that are not what they must be. The file itself is
 * rewritten without the oldest lines when it has twice as many as are kept.
 *
 * @param options  onDamaged: called once with the number of lines that were left out.
 */
export async function openJsonLines<T>(
  path: string,
  options: {
    readonly linesMax: number;
    readonly schema: z.ZodType<T>;
    readonly onDamaged?: (lines: number) => void;
  },
): Promise<JsonLines<T>> {
  const { linesMax, schema, onDamaged } = options;
  const { inTurn, settle } = createTurns();
  const { lines, linesInFile, damagedLines } = await readLines(path, schema);
  if (damagedLines > 0) onDamaged?.(damagedLines);
  let kept = lines.slice(-linesMax);
  let fileLines = linesInFile;
  /** The file ends, or may end, within a line: what is appended would be lost with it. */
  let isTorn = damagedLines > 0;
  let waiting: string[] = [];
  let written: Promise<void> | null = null;

  async function write(): Promise<void> {
    const added = waiting;
    waiting = [];
    written = null;
    const isRewritten = isTorn || fileLines + added.length > 2 * linesMax;
    // Before the first wait: lines that come later are not of this write.
    const text = (isRewritten ? kept.map(textOf) : added).join('');
    fileLines = isRewritten ? kept.length : fileLines + added.length;
    isTorn = true; // Until it is known to be whole.
    await mkdir(dirname(path), { recursive: true });
    if (isRewritten) await replaceFile(path, { text, temporary: `${path}.tmp` });
    else await appendFile(path, text, { flush: true });
    isTorn = false;
  }

  return {
    read: () => kept,
    append(line) {
      kept = [...kept, line].slice(-linesMax);
      waiting.push(textOf(line));
      return (written ??= inTurn(write));
    },
    settle,
  };
}

const textOf = (line: unknown): string => `${JSON.stringify(line)}\n`;

async function readLines<T>(path: string, schema: z.ZodType<T>) {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  });
  const texts = text.split('\n');
  const torn = texts.pop(); // Nothing, where the last line is whole.
  const parsed = texts.map((line) => schema.safeParse(parseOrNull(line)));
  const lines = parsed.flatMap(({ data, success }) => (success ? [data] : []));
  const damagedLines = texts.length - lines.length + (torn === '' ? 0 : 1);
  return { lines, linesInFile: texts.length, damagedLines };
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
