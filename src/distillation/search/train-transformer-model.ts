import {
  prepareTransformer,
  sizeFor,
  trainTransformer,
  type TransformerStudent,
} from '../transformer/train-transformer.js';
import { multiplyAddsOf } from '../transformer/transformer-graph.js';
import { transformerModel } from '../transformer/transformer-model.js';
import {
  defaultTransformerRecipe,
  settingsOfTransformer,
  transformerRecipes,
  type TransformerRecipe,
} from '../transformer/transformer-recipe.js';
import { weightsOfModel } from '../transformer/weights-of-model.js';
import type { ModelTraining, TrainedModel } from './model-training.js';
import { planSearch } from './plan-search.js';
import { searchStudent, type Trial } from './search-student.js';
import { trainingJsonOf } from './training-json.js';

/** Trains a transformer of texts, by the best of the settings that the budget allows. */
export async function trainTransformerModel(
  classCount: number,
  training: ModelTraining,
): Promise<TrainedModel> {
  const { train, validation, seed, parent, budget, now } = training;
  const prepared = prepareTransformer({ classCount, train, validation });
  const { pieces, preprocess } = prepared.tokenizer;
  const weightsFor = (recipe: TransformerRecipe) =>
    parent && weightsOfModel(parent, { size: sizeFor(prepared, recipe), pieces });
  const plan = planSearch({
    ...{ train, validationRows: validation.length, parent, budget },
    settingsOf: settingsOfTransformer,
    ...{ standard: defaultTransformerRecipe, others: transformerRecipes },
    sizeOf: (recipe) => multiplyAddsOf(sizeFor(prepared, recipe), preprocess.tokensMax),
    canStartFrom: (recipe) => weightsFor(recipe) !== null,
  });
  const searched = await searchStudent<TransformerRecipe, TransformerStudent>({
    ...{ candidates: plan.candidates, budget: plan.budget, now },
    labels: validation.map(({ label }) => label),
    train: ({ recipe, share, ...trial }: Trial<TransformerRecipe>) =>
      trainTransformer(prepared, {
        ...{ seed, recipe, share },
        from: recipe.start === 'incumbent' ? weightsFor(recipe) : null,
        onStep: training.onTrial({ share, ...trial }, plan),
      }),
    score: ({ validationLogits }) => Promise.resolve(validationLogits),
  });
  const settings = settingsOfTransformer({ ...searched.chosen.recipe, start: 'scratch' });
  const about = { settings, rows: train.length, validationRows: validation.length, parent };
  const model = transformerModel(searched.student);
  return { model, training: trainingJsonOf(plan, searched, about) };
}
