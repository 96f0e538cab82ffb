import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { InvalidBundleError } from '../errors.js';
import { replaceFile } from '../files/atomic-file.js';
import { schemaProblemsOf } from '../files/schema-problems.js';

const version = z.string().regex(/^v[1-9][0-9]*-[0-9a-f]{8}$/, 'must be like v2-1f9a03c2');

const pointerSchema = z
  .strictObject({
    format: z.literal('understudy-registry/1'),
    serving: version.nullable(),
    previous: version.nullable(),
    /** When the serving version was promoted, ms; null: it was not, or was rolled back to. */
    promotedAtMs: z.number().nullable().default(null),
    /** Number of the next version: never one that was given before, also when that was pruned. */
    nextNumber: z.number().int().min(1),
    /** What is known of a version beside its bundle, which never changes. */
    versions: z.record(
      version,
      z.strictObject({
        isRejected: z.boolean(),
        addedAtMs: z.number(),
        /** It was promoted once. Nobody has written down of older versions that they were not. */
        hasServed: z.boolean().default(true),
      }),
    ),
  })
  .refine(
    ({ serving, previous, versions }) =>
      [serving, previous].every((named) => named === null || Object.hasOwn(versions, named)),
    'serving and previous must be among the versions',
  );

/** `registry.json`: which version serves, and what was decided about each. */
export type Pointer = Readonly<z.output<typeof pointerSchema>>;

export const emptyPointer: Pointer = {
  format: 'understudy-registry/1',
  serving: null,
  previous: null,
  promotedAtMs: null,
  nextNumber: 1,
  versions: {},
};

const pathIn = (dir: string): string => join(dir, 'registry.json');

/**
 * Reads the pointer of a registry; null when it has none.
 *
 * @throws {InvalidBundleError} when the file can not be read or understood.
 */
export async function readPointer(dir: string): Promise<Pointer | null> {
  const path = pathIn(dir);
  try {
    return pointerSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    const why =
      cause instanceof z.ZodError
        ? schemaProblemsOf(cause)
            .map((problem) => `\n- ${problem}`)
            .join('')
        : ` ${(cause as Error).message}`;
    throw new InvalidBundleError(
      `${path} can not be used:${why}\nRestore it from a backup: it says which student serves.`,
      { file: path },
      { cause },
    );
  }
}

export async function writePointer(dir: string, pointer: Pointer): Promise<void> {
  const temporary = join(dir, `.pointer-${process.pid}.tmp`); // Of this process alone.
  await replaceFile(pathIn(dir), { text: `${JSON.stringify(pointer, null, 2)}\n`, temporary });
}
