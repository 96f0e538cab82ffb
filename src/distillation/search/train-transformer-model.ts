import { prepareTransformer, sizeFor, trainTransformer } from '../transformer/train-transformer.js';
import { multiplyAddsOf } from '../transformer/transformer-graph.js';
import { transformerModel } from '../transformer/transformer-model.js';
import {
  defaultTransformerRecipe,
  settingsOfTransformer,
  transformerRecipes,
} from '../transformer/transformer-recipe.js';
import { weightsOfModel } from '../transformer/weights-of-model.js';
import type { ModelTraining, TrainedModel } from './model-training.js';
import { searchModel } from './search-model.js';

/** Trains a transformer of texts, by the best of the settings that the budget allows. */
export async function trainTransformerModel(
  classCount: number,
  training: ModelTraining,
): Promise<TrainedModel> {
  const { train, validation, seed, parent } = training;
  const prepared = prepareTransformer({ classCount, train, validation });
  const { pieces, preprocess } = prepared.tokenizer;
  const found = await searchModel(training, {
    ...{ standard: defaultTransformerRecipe, others: transformerRecipes },
    settingsOf: settingsOfTransformer,
    sizeOf: (recipe) => multiplyAddsOf(sizeFor(prepared, recipe), preprocess.tokensMax),
    weightsFor: (recipe) =>
      parent && weightsOfModel(parent, { size: sizeFor(prepared, recipe), pieces }),
    train: (recipe, how) => trainTransformer(prepared, { seed, recipe, ...how }),
    score: async ({ validationLogits }) => validationLogits,
  });
  return { model: transformerModel(found.student), training: found.training };
}
