import { decodeImage } from '../task/image-codec.js';
import { imageSizeOf } from '../task/task.js';
import type { Architecture } from './architecture.js';
import type { DatasetRow } from './dataset.js';
import { architectureOf, defaultImageRecipe, type ImageRecipe } from './image-recipe.js';
import type { ImageTask } from './image-task.js';
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
  /** Default: `defaultImageRecipe`. */
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
  const { task, shiftPixels, recipe = defaultImageRecipe, share = 1, theta = null } = options;
  const { train, validation, seed, onStep } = options;
  return trainNetwork({
    architecture: architectureOf(recipe, task),
    inputSize: imageSizeOf(task.input),
    classCount: task.labels.length,
    vectorOf: (input) => decodeImage(input, task.input),
    ...{ train, validation, seed, recipe, share, theta, onStep },
    augment:
      shiftPixels === 0
        ? null
        : (draw) => createImageShift(task.input, { pixelsMax: shiftPixels, draw }),
  });
}
