import type { Lineage } from '../registry/bundle.js';
import { readManifest } from '../registry/read-bundle.js';
import type { Snapshot } from './dataset.js';

/** Says how a bundle was made of a snapshot, by whom, just now. */
export async function lineageOf(
  { manifest, train, sha256 }: Snapshot,
  made: {
    readonly trainer: string;
    readonly seed: number;
    /** The bundle that serves now, or null. */
    readonly parentBundleDir: string | null;
    /** `performance.now()` as it began. */
    readonly startedMs: number;
  },
): Promise<Lineage> {
  const { trainer, seed, parentBundleDir, startedMs } = made;
  const parent = parentBundleDir === null ? null : await readManifest(parentBundleDir);
  return {
    trainer,
    seed,
    rows: train.length,
    snapshotSha256: sha256,
    teacherVersion: manifest.teacher.version,
    parent: parent?.version ?? null,
    command: `understudy distil ${manifest.task.name}`,
    durationMs: Math.round(performance.now() - startedMs),
  };
}
