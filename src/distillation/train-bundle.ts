import type { TrainingJson } from '../http/api-types-training.js';
import { readBundle, type Bundle } from '../registry/read-bundle.js';
import { readSnapshot, type Snapshot } from './dataset.js';
import { isImageTask } from './image-task.js';
import { lineageOf } from './lineage-of.js';
import type { RunProgress } from './progress.js';
import { recordTraining } from './record-answers.js';
import type { ModelTraining, ParentModel, TrainedModel } from './search/model-training.js';
import type { SearchBudget } from './search/search-student.js';
import { trainImageModel } from './search/train-image-model.js';
import { trainTextModel } from './search/train-text-model.js';
import { createTrialReporter } from './search/trial-reporter.js';
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
  /** What may be spent on a search for better settings; absent: nothing. */
  readonly search?: SearchBudget;
  readonly onProgress: (progress: Pick<RunProgress, 'share' | 'message' | 'remainingMs'>) => void;
}
/** @returns what was tried, or null of a trainer that does not say. */
export type Train = (options: TrainOptions) => Promise<TrainingJson | null>;

/** Trains with the embedded trainer. @throws {RangeError} when the loss is not finite. */
export async function trainBundle(options: TrainOptions): Promise<TrainingJson> {
  const { snapshotDir, outDir, parentBundleDir, seed } = options;
  const startedMs = performance.now();
  const snapshot = await readSnapshot(snapshotDir);
  const { task } = snapshot.manifest;
  const parent = parentBundleDir === null ? null : await readBundle(parentBundleDir);
  const budget = options.search ?? { workMax: 0, secondsMax: 0 };
  const { model, training } = await trainModel(snapshot, {
    ...{ train: snapshot.train, validation: snapshot.validation, seed, budget },
    parent: parent === null ? null : parentOf(parent),
    onTrial: createTrialReporter(options.onProgress, budget.workMax),
    now: () => performance.now(),
  });
  const made = { trainer: 'embedded', seed, parentBundleDir, startedMs };
  await writeBundle(outDir, {
    task,
    model,
    temperature: 1, // Calibration is the next stage, on rows that no weight was fitted on.
    createdAt: new Date().toISOString(),
    lineage: {
      ...(await lineageOf(snapshot, made)),
      settings: training.settings,
      searchedRows: training.searchedRows,
    },
    licence: { weights: 'as of the captured rows', data: 'as of the captured rows' },
  });
  await recordTraining(outDir, snapshot);
  return training;
}

/** The input kinds that the embedded trainer makes students for. */
export const trainableKinds: readonly TaskSpec['input']['kind'][] = ['image', 'text'];

async function trainModel({ manifest }: Snapshot, training: ModelTraining): Promise<TrainedModel> {
  const { task, shiftPixels } = manifest;
  if (isImageTask(task)) return trainImageModel(task, shiftPixels, training);
  if (task.input.kind === 'text') return trainTextModel(task.labels.length, training);
  throw new TypeError(`The embedded trainer makes no students of ${task.input.kind} inputs.`);
}

/** A student that was made elsewhere, or before settings were written down, has none. */
function parentOf({ manifest, model }: Bundle): ParentModel | null {
  const { lineage, version } = manifest;
  if (lineage?.trainer !== 'embedded') return null;
  const { settings = '', searchedRows = null } = lineage;
  return { version, settings, searchedRows, model };
}
