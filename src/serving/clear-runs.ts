import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { inClear } from '../distillation/snapshot-in-clear.js';
import { incomingOf } from '../report/write-page.js';
import { runPageDir } from './run-page.js';

export interface KeptOfRuns {
  /** Whether a run's whole snapshot stays. */
  readonly keepsSnapshot: (id: string) => boolean;
  /** Whether its page stays. */
  readonly keepsPage: (id: string) => boolean;
}

/**
 * Clears what runs leave behind, killed ones too: candidates, which are in the registry by now or
 * nowhere; snapshots in clear, where they are encrypted; those without the manifest that is written
 * last; directories of runs that were never written down; pages half written. To be called while no
 * run is going on.
 *
 * @param dir  of all runs of a task.
 */
export async function clearRuns(
  dir: string,
  { keepsSnapshot, keepsPage }: KeptOfRuns,
): Promise<void> {
  const entries = await readdir(dir, { withFileTypes: true });
  const leftovers = await Promise.all(
    entries
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => {
        const kept = { hasSnapshot: keepsSnapshot(name), hasPage: keepsPage(name) };
        return leftoversOf(join(dir, name), kept);
      }),
  );
  await Promise.all(leftovers.flat().map((path) => rm(path, { recursive: true, force: true })));
}

async function leftoversOf(
  runDir: string,
  kept: { readonly hasSnapshot: boolean; readonly hasPage: boolean },
): Promise<readonly string[]> {
  const names = await readdir(runDir);
  if (!names.includes('run.json')) return [runDir];
  const isSnapshotKept = kept.hasSnapshot && existsSync(join(runDir, 'snapshot', 'manifest.json'));
  const page = runPageDir(runDir);
  const left = [
    ...['candidate', inClear, 'run.json.tmp', basename(incomingOf(page))],
    ...(isSnapshotKept ? [] : ['snapshot']),
    ...(kept.hasPage ? [] : [basename(page)]),
  ];
  return left.filter((name) => names.includes(name)).map((name) => join(runDir, name));
}
