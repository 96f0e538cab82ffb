import { readConstants } from '../../onnx/read-constants.js';
import { decodeImage } from '../../task/image-codec.js';
import { trainStudent, type TrainedStudent } from '../embedded-trainer.js';
import {
  architectureOf,
  defaultImageRecipe,
  imageRecipes,
  settingsOf,
  type ImageRecipe,
} from '../image-recipe.js';
import type { ImageTask } from '../image-task.js';
import { scoreNetwork } from '../score-network.js';
import { imageModel } from '../student-model.js';
import { thetaOf } from '../theta-of.js';
import type { ModelTraining, TrainedModel } from './model-training.js';
import { searchModel } from './search-model.js';

/** Trains an image student, by the best of the settings that the budget allows to be tried. */
export async function trainImageModel(
  task: ImageTask,
  shiftPixels: number,
  training: ModelTraining,
): Promise<TrainedModel> {
  const { train, validation, seed, parent } = training;
  const constants = parent === null ? null : readConstants(parent.model);
  const held = validation.map(({ input }) => decodeImage(input, task.input));
  const found = await searchModel<ImageRecipe, TrainedStudent, Float32Array>(training, {
    ...{ standard: defaultImageRecipe, settingsOf },
    others: imageRecipes.filter((recipe) => suits(recipe, task)),
    sizeOf: (recipe) => architectureOf(recipe, task).multiplyAdds,
    weightsFor: (recipe) => constants && thetaOf(constants, architectureOf(recipe, task)),
    train: (recipe, { from: theta, ...how }) =>
      trainStudent({ task, shiftPixels, train, validation, seed, recipe, theta, ...how }),
    score: (student) => scoreNetwork(student, held),
  });
  return { model: imageModel(found.student, task.input), training: found.training };
}

/** Convolutions and their pooling need some pixels. */
const convolvedMin = 8;

const suits = ({ network }: ImageRecipe, { input }: ImageTask): boolean =>
  network.kind === 'mlp' || Math.min(input.width, input.height) >= convolvedMin;
