import { readFile } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { BundleManifest } from '../registry/bundle.js';
import { readSnapshot } from './dataset.js';
import { trainStudent, type TrainerStep } from './embedded-trainer.js';
import type { TrainerMessage } from './spawn-trainer.js';
import { writeBundle } from './write-bundle.js';

/*
 * The embedded trainer as a process of its own, with the contract of every trainer:
 *   --snapshot DIR   dataset snapshot to learn from
 *   --out DIR        bundle directory to write
 *   --parent DIR     bundle that serves now, if there is one
 *   --seed N
 * Progress goes to standard output, one JSON object a line; exit code 0 means the bundle is there.
 */

const lowestPriority = 19; // Serving comes first: at nice 19 its p99 does not move (FACTS.md).
const reportsMax = 100;

const { values } = parseArgs({
  options: {
    snapshot: { type: 'string' },
    out: { type: 'string' },
    parent: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
});
if (values.snapshot === undefined || values.out === undefined)
  throw new Error('The trainer needs --snapshot DIR and --out DIR.');
setPriority(lowestPriority);
await train({ ...values, snapshot: values.snapshot, out: values.out });

async function train(options: {
  snapshot: string;
  out: string;
  parent?: string | undefined;
  seed: string;
}): Promise<void> {
  const startedMs = performance.now();
  const snapshot = await readSnapshot(options.snapshot);
  const { task, teacher } = snapshot.manifest;
  const seed = Number(options.seed);

  const { architecture, theta } = await trainStudent({
    task,
    train: snapshot.train,
    validation: snapshot.validation,
    seed,
    onStep: createReporter(startedMs),
  });
  await writeBundle(options.out, {
    task,
    architecture,
    theta,
    temperature: 1, // Calibration is the next stage of the run, on rows that this one has not seen.
    createdAt: new Date().toISOString(),
    lineage: {
      trainer: 'embedded',
      seed,
      rows: snapshot.train.length,
      snapshotSha256: snapshot.sha256,
      teacherVersion: teacher.version,
      parent: options.parent === undefined ? null : await versionOf(options.parent),
      command: `understudy distil ${task.name}`,
      durationMs: Math.round(performance.now() - startedMs),
    },
    licence: { weights: 'as of the captured rows', data: 'as of the captured rows' },
  });
}

/** Says how far the training is, about a hundred times in all. */
function createReporter(startedMs: number): (step: TrainerStep) => void {
  let validationLoss: number | null = null;
  return (step) => {
    validationLoss = step.validationLoss ?? validationLoss;
    const every = Math.ceil(step.stepsMax / reportsMax);
    if (step.step % every !== 0 && step.step !== step.stepsMax - 1) return;
    const share = (step.step + 1) / step.stepsMax;
    const elapsedMs = performance.now() - startedMs;
    const rate = Math.round(((step.step + 1) * 1000) / elapsedMs);
    const seen = validationLoss === null ? '' : `, validation ${validationLoss.toFixed(3)}`;
    say({
      share,
      message:
        `Step ${step.step + 1} of ${step.stepsMax}, ${rate} a second, ` +
        `loss ${step.loss.toFixed(3)}${seen}`,
      remainingMs: Math.round((elapsedMs * (1 - share)) / share),
    });
  };
}

function say(message: TrainerMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

async function versionOf(bundleDir: string): Promise<string> {
  const text = await readFile(join(bundleDir, 'manifest.json'), 'utf8');
  return (JSON.parse(text) as BundleManifest).version;
}
