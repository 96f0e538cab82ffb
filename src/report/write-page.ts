import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncDirectory, writeSynced } from '../files/atomic-file.js';

/** Where a page lies until it is whole: what a crash leaves there is nothing. */
export const incomingOf = (dir: string): string => `${dir}.incoming`;

/**
 * Writes the files of a page into a folder of their own: after a crash at any moment it is there
 * whole, or not at all.
 *
 * @param dir    replaced where it exists; its parent is made.
 * @param files  name -> content.
 */
export async function writePage(dir: string, files: ReadonlyMap<string, string>): Promise<void> {
  const incoming = incomingOf(dir);
  await rm(incoming, { recursive: true, force: true });
  await mkdir(incoming, { recursive: true });
  try {
    for (const [name, content] of files) await writeSynced(join(incoming, name), content);
    await syncDirectory(incoming);
    await rm(dir, { recursive: true, force: true });
    await rename(incoming, dir);
    await syncDirectory(dirname(dir));
  } finally {
    await rm(incoming, { recursive: true, force: true });
  }
}
