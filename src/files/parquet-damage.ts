import { open, stat } from 'node:fs/promises';
import { InvalidConfigError } from '../errors.js';

/** The first and the last bytes of each file. */
const magic = 'PAR1';

/**
 * What most often is wrong with a file has words of its own: the reader would say `RangeError`.
 *
 * @throws {InvalidConfigError} when a file is no Parquet file, or cut short.
 */
export async function requireParquetEnds(path: string): Promise<void> {
  const { size, start, end } = await endsOf(path).catch((cause: unknown) => {
    throw unreadableParquet(path, { problem: String(cause), advice: 'Name a file.', cause });
  });
  if (size === 0) throw unreadableParquet(path, { problem: 'it is empty.' });
  if (start !== magic)
    throw unreadableParquet(path, {
      problem: `it does not begin with ${magic}, as all such files do.`,
      advice: 'Write it as Parquet, or end its name with what it is.',
    });
  if (size >= 2 * magic.length && end === magic) return;
  const problem = `it is cut short: its end is missing, after ${size} bytes.`;
  throw unreadableParquet(path, { problem });
}

async function endsOf(path: string) {
  const { size } = await stat(path);
  const file = await open(path);
  const textAt = async (position: number): Promise<string> => {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(4), 0, 4, position);
    return buffer.toString('latin1', 0, bytesRead);
  };
  try {
    return { size, start: await textAt(0), end: await textAt(Math.max(0, size - 4)) };
  } finally {
    await file.close();
  }
}

/** The reader takes a file at its word: what is damaged in it fails somewhere in its midst. */
export async function wholeParquet<T>(
  path: string,
  what: string,
  read: () => T | Promise<T>,
): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw damagedParquet(path, { what, why: String(cause), cause });
  }
}

/** @param found  what of the file can not be made out, and why. */
export function damagedParquet(
  path: string,
  { what, why, cause }: { readonly what: string; readonly why: string; readonly cause?: unknown },
): InvalidConfigError {
  const problem = `it is damaged: ${what} can not be made out (${why}).`;
  return unreadableParquet(path, { problem, cause });
}

export function unreadableParquet(
  path: string,
  found: { readonly problem: string; readonly advice?: string; readonly cause?: unknown },
): InvalidConfigError {
  const { problem, advice = 'Copy it once more, or write it anew.', cause } = found;
  const message = `${path} cannot be read as Parquet: ${problem} ${advice}`;
  return new InvalidConfigError(message, { path }, { cause });
}
