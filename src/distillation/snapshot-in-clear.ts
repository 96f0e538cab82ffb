import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeSnapshot, type Snapshot } from './dataset.js';

/** Name of the directory of a run that holds its snapshot in clear, while a program reads it. */
export const inClear = 'snapshot-in-clear';

/**
 * Lets a program that has no key read an encrypted snapshot: a copy in clear, which nobody else on
 * the machine may read, stands beside it as long as the work goes on.
 *
 * @param work  takes the directory to read.
 */
export async function withSnapshotInClear<T>(
  snapshotDir: string,
  { manifest, train, validation }: Snapshot,
  work: (dir: string) => Promise<T>,
): Promise<T> {
  if (manifest.inputKeyId === undefined) return work(snapshotDir);
  const { task, teacher, seed, shiftPixels, timeSpanMs, leftOut } = manifest;
  const about = { task, teacher, seed, shiftPixels, timeSpanMs };
  const dir = join(dirname(snapshotDir), inClear);
  await mkdir(dir, { mode: 0o700 });
  try {
    const counts = leftOut === undefined ? {} : { leftOut };
    await writeSnapshot(dir, { ...about, ...counts, train, validation });
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
