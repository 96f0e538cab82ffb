import type { Bundle } from '../registry/read-bundle.js';
import type { TaskSpec } from '../task/task.js';
import { embeddedTrainer } from './continued/is-brought.js';
import type { Snapshot } from './dataset.js';
import { trainEncoderHead } from './encoder/train-encoder-head.js';
import { imageRecipesFor, smallestBytesOf } from './image-recipe.js';
import { isImageTask, type ImageTask } from './image-task.js';
import type { TrialLosses } from './loss-curve.js';
import { parentModelOf, type ModelTraining, type TrainedModel } from './search/model-training.js';
import { trainImageModel } from './search/train-image-model.js';
import { trainTextModel } from './search/train-text-model.js';
import { trainTransformerModel } from './search/train-transformer-model.js';
import { createTrialReporter } from './search/trial-reporter.js';
import type { StudentToMake } from './student-to-make.js';
import { trainTensorModel } from './tensors/train-tensor-model.js';
import { whyNoVector } from './tensors/tensor-vectors.js';
import type { TrainOptions } from './train-bundle.js';

/** @returns why no student can be made of such inputs, one that passes; null: one can. */
export function whyUnmakeable(
  task: TaskSpec,
  make: StudentToMake,
  modelBytesMax: number,
): string | null {
  const { input } = task;
  if (isImageTask(task))
    return make.kind === 'encoder-head' ? null : whyTooLarge(task, modelBytesMax);
  if (input.kind !== 'tensor' || make.kind === 'encoder-head') return null;
  const why = whyNoVector(input);
  if (why === null) return null;
  return `The embedded trainer can make no student: ${why}. Bring one, and runs train it further.`;
}

/** By arithmetic: a run would find out after it has trained. */
function whyTooLarge(task: ImageTask, modelBytesMax: number): string | null {
  if (imageRecipesFor(task, modelBytesMax) !== null) return null;
  const { width, height, channels } = task.input;
  const show = (bytes: number): string => bytes.toLocaleString('en');
  return (
    `The smallest student of images of ${width} x ${height} x ${channels} with ` +
    `${task.labels.length} labels has ${show(smallestBytesOf(task))} bytes of weights, more than ` +
    `distillation.modelBytesMax (${show(modelBytesMax)}): raise that, or bring a smaller student.`
  );
}

/**
 * Makes a student of a snapshot.
 *
 * @param parent  the bundle that serves now, or null.
 * @throws {InvalidBundleError} when the encoder that is named can not be used.
 */
export function makeModel(
  snapshot: Snapshot,
  parent: Bundle | null,
  options: TrainOptions & { readonly losses: TrialLosses },
): Promise<TrainedModel> {
  const { seed, search, make = { kind: 'usual' }, onProgress, losses, modelBytesMax } = options;
  const { train, validation, manifest } = snapshot;
  const { task, shiftPixels } = manifest;
  const { input, labels } = task;
  const budget = search ?? { workMax: 0, secondsMax: 0 };
  const trainingOf = (tell: TrainOptions['onProgress']): ModelTraining => ({
    ...{ train, validation, seed, budget },
    ...(modelBytesMax === undefined ? {} : { modelBytesMax }),
    parent: parent && parentModelOf(parent, embeddedTrainer),
    onTrial: losses.listening(createTrialReporter(tell, { searchWorkMax: budget.workMax })),
    now: () => performance.now(),
  });
  if (make.kind === 'encoder-head')
    return trainEncoderHead(task, make.encoderDir, { trainingOf, onProgress, ...snapshot });
  const training = trainingOf(onProgress);
  if (isImageTask(task)) return trainImageModel(task, shiftPixels, training);
  if (input.kind === 'tensor') return trainTensorModel(input, labels.length, training);
  const ofTexts = make.kind === 'transformer' ? trainTransformerModel : trainTextModel;
  return ofTexts(labels.length, training);
}
