import { readSnapshot, type Snapshot } from './dataset.js';
import { isImageTask } from './image-task.js';
import { trainStudent, type TrainerStep } from './embedded-trainer.js';
import { lineageOf } from './lineage-of.js';
import type { RunProgress } from './progress.js';
import { recordTraining } from './record-answers.js';
import { imageModel, type StudentModel } from './student-model.js';
import { textModel } from './text/text-model.js';
import { trainTextStudent } from './text/train-text-student.js';
import type { TaskSpec } from '../task/task.js';
import { writeBundle } from './write-bundle.js';

/** The contract of every trainer: reads a dataset snapshot, writes a bundle directory. */
export interface TrainOptions {
  readonly snapshotDir: string;
  /** Made here. */
  readonly outDir: string;
  /** The bundle that serves now, or null. */
  readonly parentBundleDir: string | null;
  readonly seed: number;
  readonly onProgress: (progress: Pick<RunProgress, 'share' | 'message' | 'remainingMs'>) => void;
}
export type Train = (options: TrainOptions) => Promise<void>;

/** Steps of progress that are told, in all. */
const reportsMax = 100;

/** Trains with the embedded trainer. @throws {RangeError} when the loss is not finite. */
export async function trainBundle(options: TrainOptions): Promise<void> {
  const { snapshotDir, outDir, parentBundleDir, seed } = options;
  const startedMs = performance.now();
  const snapshot = await readSnapshot(snapshotDir);
  const { task } = snapshot.manifest;
  const model = await trainModel(snapshot, seed, createReporter(options.onProgress));
  const made = { trainer: 'embedded', seed, parentBundleDir, startedMs };
  await writeBundle(outDir, {
    task,
    model,
    temperature: 1, // Calibration is the next stage, on rows that no weight was fitted on.
    createdAt: new Date().toISOString(),
    lineage: await lineageOf(snapshot, made),
    licence: { weights: 'as of the captured rows', data: 'as of the captured rows' },
  });
  await recordTraining(outDir, snapshot);
}

/** The input kinds that the embedded trainer makes students for. */
export const trainableKinds: readonly TaskSpec['input']['kind'][] = ['image', 'text'];

async function trainModel(
  { manifest, train, validation }: Snapshot,
  seed: number,
  onStep: (step: TrainerStep) => void,
): Promise<StudentModel> {
  const { task, shiftPixels } = manifest;
  const options = { train, validation, seed, onStep };
  if (isImageTask(task))
    return imageModel(await trainStudent({ task, shiftPixels, ...options }), task.input);
  if (task.input.kind === 'text')
    return textModel(await trainTextStudent({ classCount: task.labels.length, ...options }));
  throw new TypeError(`The embedded trainer makes no students of ${task.input.kind} inputs.`);
}

/** Says how far the training is, about a hundred times in all. */
function createReporter(tell: TrainOptions['onProgress']): (step: TrainerStep) => void {
  const startedMs = performance.now();
  let validationLoss: number | null = null;
  return ({ step, stepsMax, loss, validationLoss: seen }) => {
    validationLoss = seen ?? validationLoss;
    if (step % Math.ceil(stepsMax / reportsMax) !== 0 && step !== stepsMax - 1) return;
    const share = (step + 1) / stepsMax;
    const elapsedMs = performance.now() - startedMs;
    const rate = Math.round(((step + 1) * 1000) / elapsedMs);
    const validation = validationLoss === null ? '' : `, validation ${validationLoss.toFixed(3)}`;
    const losses = `loss ${loss.toFixed(3)}${validation}`;
    tell({
      share,
      message: `Step ${step + 1} of ${stepsMax}, ${rate} a second, ${losses}`,
      remainingMs: Math.round((elapsedMs * (1 - share)) / share),
    });
  };
}
