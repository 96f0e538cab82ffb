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
import { planSearch } from './plan-search.js';
import { searchStudent, type Trial } from './search-student.js';
import { trainingJsonOf } from './training-json.js';
import type { ModelTraining, TrainedModel } from './model-training.js';

/** Trains an image student, by the best of the settings that the budget allows to be tried. */
export async function trainImageModel(
  task: ImageTask,
  shiftPixels: number,
  training: ModelTraining,
): Promise<TrainedModel> {
  const { train, validation, seed, parent, budget, now } = training;
  const constants = parent === null ? null : readConstants(parent.model);
  const thetaFor = (recipe: ImageRecipe): Float32Array | null =>
    constants && thetaOf(constants, architectureOf(recipe, task));
  const plan = planSearch({
    ...{ train, validationRows: validation.length, parent, budget, settingsOf },
    standard: defaultImageRecipe,
    others: imageRecipes.filter((recipe) => suits(recipe, task)),
    sizeOf: (recipe) => architectureOf(recipe, task).multiplyAdds,
    canStartFrom: (recipe) => thetaFor(recipe) !== null,
  });
  const searched = await searchStudent<ImageRecipe, TrainedStudent>({
    ...{ candidates: plan.candidates, budget: plan.budget, now },
    labels: validation.map(({ label }) => label),
    train: (trial: Trial<ImageRecipe>) =>
      trainStudent({
        ...{ task, shiftPixels, train, validation, seed },
        recipe: trial.recipe,
        share: trial.share,
        theta: trial.recipe.start === 'incumbent' ? thetaFor(trial.recipe) : null,
        onStep: training.onTrial(trial, plan),
      }),
    score: (student) =>
      scoreNetwork(
        student,
        validation.map(({ input }) => decodeImage(input, task.input)),
      ),
  });
  const { recipe } = searched.chosen;
  const settings = settingsOf({ ...recipe, start: 'scratch' });
  const about = { settings, rows: train.length, validationRows: validation.length, parent };
  return {
    model: imageModel(searched.student, task.input),
    training: trainingJsonOf(plan, searched, about),
  };
}

/** Convolutions and their pooling need some pixels. */
const convolvedMin = 8;

const suits = ({ network }: ImageRecipe, { input }: ImageTask): boolean =>
  network.kind === 'mlp' || Math.min(input.width, input.height) >= convolvedMin;
