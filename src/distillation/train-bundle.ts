import type { InputCipher } from '../capture/input-cipher.js';
import type { LossCurveJson } from '../http/api-types-evaluation.js';
import type { TrainingJson } from '../http/api-types-training.js';
import type { Lineage } from '../registry/bundle.js';
import { readBundle, type Bundle } from '../registry/read-bundle.js';
import { continueStudent, type ContinuedModel } from './continued/continue-student.js';
import { rateWork } from './continued/choose-rate.js';
import { continuedTrainer, embeddedTrainer } from './continued/is-brought.js';
import { writeContinuedBundle } from './continued/write-continued-bundle.js';
import { readSnapshot, type Snapshot } from './dataset.js';
import { isImageTask } from './image-task.js';
import { lineageOf } from './lineage-of.js';
import { recordTrials, type TrialLosses } from './loss-curve.js';
import { makeModel } from './make-model.js';
import type { RunProgress } from './progress.js';
import { recordTraining } from './record-answers.js';
import { parentModelOf } from './search/model-training.js';
import type { SearchBudget } from './search/search-student.js';
import { createTrialReporter } from './search/trial-reporter.js';
import { createInputShift } from './shift-image.js';
import { validationRowsMin } from './student-loss.js';
import type { StudentToMake } from './student-to-make.js';
import { writeBundle } from './write-bundle.js';

/** The contract of every trainer: reads a dataset snapshot, writes a bundle directory. */
export interface TrainOptions {
  readonly snapshotDir: string;
  /** Opens its inputs; absent: they are not encrypted. */
  readonly cipher?: InputCipher;
  /** Made here. */
  readonly outDir: string;
  /** The bundle that serves now, or null. */
  readonly parentBundleDir: string | null;
  /** Trains the parent's own model further; otherwise a new one is made. */
  readonly isContinued: boolean;
  /** Where a new one is made; default: the usual one. */
  readonly make?: StudentToMake;
  readonly seed: number;
  /**
   * What may be spent on a search for better settings; absent: nothing. Its time bounds the further
   * training of a brought student, too, which without it takes what it takes.
   */
  readonly search?: SearchBudget;
  /** A larger student can not pass, bytes; absent: any can. */
  readonly modelBytesMax?: number;
  readonly onProgress: (progress: Pick<RunProgress, 'share' | 'message' | 'remainingMs'>) => void;
}

/** How a student came to be. */
export interface Trained {
  /** What was tried. */
  readonly training: TrainingJson;
  readonly curve: LossCurveJson;
}

/** @returns null of a trainer that does not say. */
export type Train = (options: TrainOptions) => Promise<Trained | null>;

/**
 * Trains with the embedded trainer.
 *
 * @throws {RangeError} when the loss is not finite.
 * @throws {UntrainableStudentError} when the parent can not be trained further.
 */
export async function trainBundle(options: TrainOptions): Promise<Trained> {
  const { snapshotDir, outDir, parentBundleDir, isContinued, seed } = options;
  const startedMs = performance.now();
  const snapshot = await readSnapshot(snapshotDir, options.cipher);
  const { task } = snapshot.manifest;
  const parent = parentBundleDir === null ? null : await readBundle(parentBundleDir);
  const describe = async (trainer: string) => ({
    createdAt: new Date().toISOString(),
    lineage: await lineageOf(snapshot, { trainer, seed, parentBundleDir, startedMs }),
  });
  const losses = recordTrials();
  const recorded = { ...options, losses };
  let training: TrainingJson;
  if (isContinued && parent !== null) {
    const continued = await continueModel(snapshot, parent, recorded);
    const { model, note } = continued;
    training = { ...continued.training, notes: [broughtWords, note, ...continued.training.notes] };
    const { createdAt, lineage } = await describe(continuedTrainer);
    const about = { createdAt, lineage: withSettings(lineage, training) };
    await writeContinuedBundle(outDir, { parent, task: task.name, model, ...about });
  } else {
    const made = await makeModel(snapshot, parent, recorded);
    training = made.training;
    const { createdAt, lineage } = await describe(embeddedTrainer);
    await writeBundle(outDir, {
      ...{ task, model: made.model, createdAt },
      temperature: 1, // Calibration is the next stage, on rows that no weight was fitted on.
      lineage: withSettings(lineage, training),
      licence: { weights: 'as of the captured rows', data: 'as of the captured rows' },
    });
  }
  await recordTraining(outDir, snapshot);
  return { training, curve: losses.curveOf(training.trials) };
}

/** By which the next run finds what won. */
const withSettings = (lineage: Lineage, { settings, searchedRows }: TrainingJson): Lineage => ({
  ...lineage,
  settings,
  searchedRows,
});

const broughtWords =
  'The student was brought, not made here: its own weights were trained further.';

function continueModel(
  { manifest, train, validation }: Snapshot,
  bundle: Bundle,
  options: TrainOptions & { readonly losses: TrialLosses },
): Promise<ContinuedModel> {
  const { seed, search, onProgress, losses } = options;
  const { task, shiftPixels } = manifest;
  const isMoved = isImageTask(task) && shiftPixels > 0;
  const budget = search ?? { workMax: 0, secondsMax: Infinity };
  const aheadWork = validation.length < validationRowsMin ? 0 : rateWork;
  const work = { searchWorkMax: budget.workMax, aheadWork };
  return continueStudent({
    bundle,
    augment: isMoved ? createInputShift(task.input, shiftPixels) : null,
    training: {
      ...{ train, validation, seed, budget, now: () => performance.now() },
      parent: parentModelOf(bundle, continuedTrainer),
      onTrial: losses.listening(createTrialReporter(onProgress, work)),
    },
  });
}
