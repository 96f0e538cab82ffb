import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DistillationFailedError } from '../errors.js';
import { readBundle } from '../registry/read-bundle.js';
import type { Lineage } from '../registry/bundle.js';
import { runTrainer, type CommandTrainerOptions } from './command-trainer.js';
import { readSnapshot, type Snapshot } from './dataset.js';
import { recordAnswers } from './record-answers.js';
import { recordedRows } from './train-bundle.js';

/**
 * Trains with an external program, and makes its bundle one of ours: it must fit the task, gets a
 * lineage where it has none, and the answers to some inputs.
 *
 * @throws {DistillationFailedError} when the program fails, or its bundle is of another task.
 * @throws {InvalidBundleError} when it has written none that can be read.
 */
export async function trainByCommand(options: CommandTrainerOptions): Promise<void> {
  const { snapshotDir, outDir } = options;
  const startedMs = performance.now();
  const snapshot = await readSnapshot(snapshotDir);
  await runTrainer(options);
  const { manifest } = await readBundle(outDir);
  requireOfTask(manifest, snapshot);
  if (manifest.lineage === null) {
    const durationMs = Math.round(performance.now() - startedMs);
    await addLineage(outDir, await lineageOf(options, snapshot, durationMs));
  }
  if (manifest.recorded === null)
    await recordAnswers(
      outDir,
      snapshot.train.slice(0, recordedRows).map(({ input }) => input),
    );
}

function requireOfTask(
  { labels, input }: { readonly labels: readonly string[]; readonly input: unknown },
  { manifest: { task } }: Snapshot,
): void {
  if (JSON.stringify(labels) !== JSON.stringify(task.labels))
    throw new DistillationFailedError(
      `The trainer's bundle has the labels ${labels.join(', ')}; the snapshot's task has ` +
        `${task.labels.join(', ')}. They must be the same, in the same order.`,
    );
  const kind = (input as { readonly kind: string }).kind;
  if (kind !== task.input.kind)
    throw new DistillationFailedError(
      `The trainer's bundle takes inputs of kind ${kind}, the task's are ${task.input.kind}.`,
    );
}

async function lineageOf(
  { command, seed, parentBundleDir }: CommandTrainerOptions,
  { manifest, train, sha256 }: Snapshot,
  durationMs: number,
): Promise<Lineage> {
  const parent = parentBundleDir === null ? null : await readBundle(parentBundleDir);
  return {
    trainer: command.join(' '),
    seed,
    rows: train.length,
    snapshotSha256: sha256,
    teacherVersion: manifest.teacher.version,
    parent: parent?.manifest.version ?? null,
    command: `understudy distil ${manifest.task.name}`,
    durationMs,
  };
}

/** What the program has written stays as it is, fields that nobody reads included. */
async function addLineage(dir: string, lineage: Lineage): Promise<void> {
  const path = join(dir, 'manifest.json');
  const written = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  await writeFile(path, `${JSON.stringify({ ...written, lineage }, null, 2)}\n`);
}
