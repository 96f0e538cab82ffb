import type { TrainingJson } from '../../http/api-types-training.js';
import { readConstants } from '../../onnx/read-constants.js';
import type { Input } from '../../task/task.js';
import { mlp } from '../architecture.js';
import type { TrainedStudent } from '../embedded-trainer.js';
import { scoreNetwork } from '../score-network.js';
import type { ModelTraining } from '../search/model-training.js';
import { searchModel } from '../search/search-model.js';
import { thetaOf } from '../theta-of.js';
import { trainNetwork } from '../train-network.js';
import { standardised, standardOf, type Standard } from './standardise.js';
import { headPrefix } from './head-model.js';
import { settingsOfVectors, type VectorRecipe, type VectorRecipes } from './vector-recipe.js';

export interface TrainedVectors {
  readonly network: TrainedStudent;
  /** What the network's inputs went through. */
  readonly standard: Standard;
  readonly training: TrainingJson;
}

/**
 * Trains fully connected layers on vectors, by the best of the settings that the budget allows.
 *
 * @param vectorOf  [inputSize] float32 of an input, always as long.
 */
export async function trainVectors(
  training: ModelTraining,
  about: {
    readonly classCount: number;
    readonly vectorOf: (input: Input) => Float32Array;
    readonly recipes: VectorRecipes;
  },
): Promise<TrainedVectors> {
  const { train, validation, seed, parent } = training;
  const { classCount, recipes } = about;
  if (train.length === 0) throw new RangeError('There are no rows to train on.');
  const standard = standardOf(train.map(({ input }) => about.vectorOf(input)));
  const inputSize = standard.centres.length;
  const vectorOf = (input: Input) => standardised(about.vectorOf(input), standard);
  const architectureOf = ({ hiddenSizes }: VectorRecipe) => mlp(inputSize, hiddenSizes, classCount);
  const constants = parent === null ? null : readConstants(parent.model);
  const held = validation.map(({ input }) => vectorOf(input));
  const found = await searchModel<VectorRecipe, TrainedStudent, Float32Array>(training, {
    ...{ ...recipes, settingsOf: settingsOfVectors },
    sizeOf: (recipe) => architectureOf(recipe).multiplyAdds,
    weightsFor: (recipe) => constants && thetaOf(constants, architectureOf(recipe), headPrefix),
    train: (recipe, { from: theta, ...how }) =>
      trainNetwork({
        ...{ train, validation, seed, inputSize, classCount, vectorOf, augment: null },
        ...{ recipe, theta, ...how, architecture: architectureOf(recipe) },
      }),
    score: (student) => scoreNetwork(student, held),
  });
  return { network: found.student, standard, training: found.training };
}
