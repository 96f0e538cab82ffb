import type { InputCipher } from '../capture/input-cipher.js';
import type { LossCurveJson } from '../http/api-types-evaluation.js';
import type { TrainingJson } from '../http/api-types-training.js';
import { readBundle, type Bundle } from '../registry/read-bundle.js';
import { continueStudent, type ContinuedModel } from './continued/continue-student.js';
import { continuedTrainer, embeddedTrainer } from './continued/is-brought.js';
import { writeContinuedBundle } from './continued/write-continued-bundle.js';
import { readSnapshot, type Snapshot } from './dataset.js';
import { isImageTask } from './image-task.js';
import { lineageOf } from './lineage-of.js';
import { recordTrials, type TrialLosses } from './loss-curve.js';
import { makeModel } from './make-model.js';
import type { RunProgress } from './progress.js';
import { recordTraining } from './record-answers.js';
import type { Candidate, SearchBudget } from './search/search-student.js';
import { createTrialReporter } from './search/trial-reporter.js';
import { createInputShift } from './shift-image.js';
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
    const { model, isCut, note } = await continueModel(snapshot, parent, recorded);
    training = continuedTraining(snapshot, note, isCut ? options.search : undefined);
    const about = await describe(continuedTrainer);
    await writeContinuedBundle(outDir, { parent, task: task.name, model, ...about });
  } else {
    const made = await makeModel(snapshot, parent, recorded);
    training = made.training;
    const { createdAt, lineage } = await describe(embeddedTrainer);
    const { settings, searchedRows } = training;
    await writeBundle(outDir, {
      ...{ task, model: made.model, createdAt },
      temperature: 1, // Calibration is the next stage, on rows that no weight was fitted on.
      lineage: { ...lineage, settings, searchedRows },
      licence: { weights: 'as of the captured rows', data: 'as of the captured rows' },
    });
  }
  await recordTraining(outDir, snapshot);
  return { training, curve: losses.curveOf(training.trials) };
}

/** All there is to try where a student is trained further: rates are the affair of its training. */
const ownWeights: Candidate<null> = {
  ...{ settings: 'its own weights', recipe: null, work: 1, size: 1 },
  ...{ aim: 'rows', enters: 'start' },
};

function continueModel(
  { manifest, train, validation }: Snapshot,
  bundle: Bundle,
  { seed, search, onProgress, losses }: TrainOptions & { readonly losses: TrialLosses },
): Promise<ContinuedModel> {
  const { task, shiftPixels } = manifest;
  const isMoved = isImageTask(task) && shiftPixels > 0;
  const augment = isMoved ? createInputShift(task.input, shiftPixels) : null;
  const plan = { isSearched: false, candidates: [ownWeights] } as const;
  const onTrial = losses.listening(createTrialReporter(onProgress, 0));
  const onStep = onTrial({ ...ownWeights, share: 1 }, plan);
  const secondsMax = search?.secondsMax ?? Infinity;
  const time = { secondsMax, now: () => performance.now() };
  return continueStudent({ bundle, train, validation, seed, augment, ...time, onStep });
}

/** @param cutBy  the budget that time has cut the training by. */
const continuedTraining = (
  { validation }: Snapshot,
  note: string,
  cutBy?: SearchBudget,
): TrainingJson => ({
  notes: [
    'The student was brought, not made here: its own weights were trained further.',
    note,
    ...(cutBy === undefined
      ? []
      : [
          `Time cut the training short (searchSecondsMax, ${cutBy.secondsMax} s), and the best ` +
            'weights until then were kept: on a faster machine another student may come of the ' +
            'same rows.',
        ]),
  ],
  settings: ownWeights.settings,
  searchedRows: null,
  validationRows: validation.length,
  trials: [],
});
