import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '../files/atomic-file.js';
import { DistillationFailedError } from '../errors.js';
import { readBundle } from '../registry/read-bundle.js';
import type { Lineage } from '../registry/bundle.js';
import { misfitOf } from '../registry/misfit.js';
import { runTrainer, type CommandTrainerOptions } from './command-trainer.js';
import { readSnapshot } from './dataset.js';
import { lineageOf } from './lineage-of.js';
import { recordTraining } from './record-answers.js';
import { withSnapshotInClear } from './snapshot-in-clear.js';

/**
 * Trains with an external program, and makes its bundle one of ours: it must fit the task, gets a
 * lineage where it has none, and the answers to some inputs.
 *
 * @throws {DistillationFailedError} when the program fails, or its bundle is of another task.
 * @throws {InvalidBundleError} when it has written none that can be read.
 */
export async function trainByCommand(options: CommandTrainerOptions): Promise<null> {
  const { snapshotDir, outDir, command, seed, parentBundleDir } = options;
  const startedMs = performance.now();
  const snapshot = await readSnapshot(snapshotDir, options.cipher);
  await withSnapshotInClear(snapshotDir, snapshot, (dir) =>
    runTrainer({ ...options, snapshotDir: dir }),
  );
  const { manifest } = await readBundle(outDir);
  const misfit = misfitOf(manifest, snapshot.manifest.task);
  if (misfit !== null)
    throw new DistillationFailedError(`The trainer's bundle does not fit the task: ${misfit}`);
  const made = { trainer: command.join(' '), seed, parentBundleDir, startedMs };
  if (manifest.lineage === null) await addLineage(outDir, await lineageOf(snapshot, made));
  if (manifest.recorded === null) await recordTraining(outDir, snapshot);
  return null; // What it tried is its own affair.
}

/** What the program has written stays as it is, fields that nobody reads included. */
async function addLineage(dir: string, lineage: Lineage): Promise<void> {
  const path = join(dir, 'manifest.json');
  const written = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  await writeWhole(path, `${JSON.stringify({ ...written, lineage }, null, 2)}\n`);
}
