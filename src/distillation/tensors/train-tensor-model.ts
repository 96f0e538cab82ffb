import type { TensorInput } from '../../task/task.js';
import type { ModelTraining, TrainedModel } from '../search/model-training.js';
import { trainVectors } from '../vectors/train-vectors.js';
import { gridRecipes, tensorRecipes } from '../vectors/vector-recipe.js';
import { gridOf } from './tensor-grid.js';
import { tensorModel } from './tensor-model.js';
import { vectorOfTensors } from './tensor-vectors.js';

/** Trains a student of raw tensors. @param input  see `whyNoVector`. */
export async function trainTensorModel(
  input: TensorInput,
  classCount: number,
  training: ModelTraining,
): Promise<TrainedModel> {
  const grid = gridOf(input);
  const trained = await trainVectors(training, {
    classCount,
    vectorOf: (bytes) => vectorOfTensors(bytes, input),
    recipes: grid === null ? tensorRecipes : gridRecipes,
    grid,
  });
  return { model: tensorModel(trained, input), training: trained.training };
}
