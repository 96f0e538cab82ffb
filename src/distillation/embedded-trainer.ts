import { imageSizeOf, type Input } from '../task/task.js';
import type { Architecture } from './architecture.js';
import type { DatasetRow } from './dataset.js';
import { architectureOf, imageRecipesFor, type ImageRecipe } from './image-recipe.js';
import type { ImageTask } from './image-task.js';
import { poolingOf, seeImage, seenOf } from './pool-image.js';
import { createImageShift } from './shift-image.js';
import { trainNetwork } from './train-network.js';

export interface TrainStudentOptions {
  readonly task: ImageTask;
  readonly train: readonly DatasetRow[];
  /** Stops the training early; none is allowed. */
  readonly validation: readonly DatasetRow[];
  readonly seed: number;
  /** Pixels by which an image may be moved without changing its label; 0 moves none. */
  readonly shiftPixels: number;
  /** See `seeImage`. Default: that. */
  readonly see?: (input: Input) => Float32Array;
  /** Default: the standard one for such images. */
  readonly recipe?: ImageRecipe;
  /** Part of the whole training to do, in (0, 1]; default 1. */
  readonly share?: number;
  /** [parameters] float32 weights to start from; null or absent: drawn. */
  readonly theta?: Float32Array | null;
  readonly onStep: (step: TrainerStep) => void;
}

export interface TrainerStep {
  readonly step: number;
  readonly stepsMax: number;
  readonly loss: number;
  readonly validationLoss: number | null;
}

export interface TrainedStudent {
  readonly architecture: Architecture;
  /** [parameters] float32. */
  readonly theta: Float32Array;
}

/** Trains a student of images on a dataset. The same arguments give the same student. */
export function trainStudent(options: TrainStudentOptions): Promise<TrainedStudent> {
  const { task, shiftPixels, share = 1, theta = null } = options;
  const { train, validation, seed, onStep, see } = options;
  const recipe = options.recipe ?? imageRecipesFor(task)!.standard;
  const pooling = poolingOf(task.input);
  const seen = seenOf(task.input);
  // In pixels that are seen, whole ones.
  const { width, height } = pooling?.window ?? { width: 1, height: 1 };
  const pixelsMax = Math.round(shiftPixels / Math.max(width, height));
  return trainNetwork({
    architecture: architectureOf(recipe, task),
    inputSize: imageSizeOf(seen),
    classCount: task.labels.length,
    vectorOf: see ?? ((input) => seeImage(input, task.input)),
    ...{ train, validation, seed, recipe, share, theta, onStep },
    augment: pixelsMax === 0 ? null : (draw) => createImageShift(seen, { pixelsMax, draw }),
  });
}
