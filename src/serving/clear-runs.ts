import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Clears what runs leave behind, killed ones too: candidates, which are in the registry by now or
 * nowhere; snapshots without the manifest that is written last; directories of runs that were never
 * written down. To be called while no run is going on.
 *
 * @param dir             of all runs of a task.
 * @param keepsSnapshot   whether a run's whole snapshot stays.
 */
export async function clearRuns(
  dir: string,
  keepsSnapshot: (id: string) => boolean,
): Promise<void> {
  const entries = await readdir(dir, { withFileTypes: true });
  const leftovers = entries
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => leftoversOf(join(dir, name), keepsSnapshot(name)));
  await Promise.all(leftovers.map((path) => rm(path, { recursive: true, force: true })));
}

function leftoversOf(runDir: string, keepsSnapshot: boolean): readonly string[] {
  const has = (...path: string[]): boolean => existsSync(join(runDir, ...path));
  if (!has('run.json')) return [runDir];
  const isSnapshotKept = keepsSnapshot && has('snapshot', 'manifest.json');
  const left = ['candidate', 'run.json.tmp', ...(isSnapshotKept ? [] : ['snapshot'])];
  return left.filter((name) => has(name)).map((name) => join(runDir, name));
}
