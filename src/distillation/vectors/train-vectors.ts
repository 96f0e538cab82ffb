import type { TrainingJson } from '../../http/api-types-training.js';
import { readConstants } from '../../onnx/read-constants.js';
import type { Input } from '../../task/task.js';
import { cnn, mlp, type Architecture, type CnnInput } from '../architecture.js';
import type { TrainedStudent } from '../embedded-trainer.js';
import { scoreNetwork } from '../score-network.js';
import { planeOfRows, type PrincipalPlane } from '../novelty/principal-plane.js';
import type { ModelTraining } from '../search/model-training.js';
import { searchModel } from '../search/search-model.js';
import { thetaOf } from '../theta-of.js';
import { trainNetwork } from '../train-network.js';
import { standardised, standardOf, standardOfChannels, type Standard } from './standardise.js';
import { headPrefix } from './head-model.js';
import { settingsOfVectors, type VectorRecipe, type VectorRecipes } from './vector-recipe.js';

export interface TrainedVectors {
  readonly network: TrainedStudent;
  /** What the network's inputs went through. */
  readonly standard: Standard;
  /** Where those of the training rows lie. */
  readonly plane: PrincipalPlane;
  readonly training: TrainingJson;
}

/** What a search has made. */
type Found = Pick<TrainedVectors, 'network' | 'standard'>;

/**
 * Trains layers on vectors, by the best of the settings that the budget allows.
 *
 * @param vectorOf  [inputSize] float32 of an input, always as long.
 * @param grid      how the numbers lie, for recipes with convolutions; null: there are none.
 */
export async function trainVectors(
  training: ModelTraining,
  about: {
    readonly classCount: number;
    readonly vectorOf: (input: Input) => Float32Array;
    readonly recipes: VectorRecipes;
    readonly grid?: CnnInput | null;
  },
): Promise<TrainedVectors> {
  const { train, validation, seed, parent } = training;
  const { classCount, recipes, grid = null } = about;
  if (train.length === 0) throw new RangeError('There are no rows to train on.');
  const views = viewsOf(
    train.map(({ input }) => about.vectorOf(input)),
    grid,
  );
  const viewOf = ({ channels }: VectorRecipe) =>
    channels === undefined ? views.flat : views.grid!;
  const inputSize = views.flat.centres.length;
  const seenAs = (standard: Standard) => (input: Input) =>
    standardised(about.vectorOf(input), standard);
  /** Once for all trials. */
  const held = new Map<Standard, readonly Float32Array[]>();
  const heldAs = (standard: Standard): readonly Float32Array[] => {
    const vectors = held.get(standard) ?? validation.map(({ input }) => seenAs(standard)(input));
    held.set(standard, vectors);
    return vectors;
  };
  const architectureOf = ({ channels, hiddenSizes }: VectorRecipe): Architecture =>
    channels === undefined
      ? mlp(inputSize, hiddenSizes, classCount)
      : cnn(grid!, { channels, hiddenSizes }, classCount);
  const constants = parent === null ? null : readConstants(parent.model);
  const found = await searchModel<VectorRecipe, Found, Float32Array>(training, {
    ...{ ...recipes, settingsOf: settingsOfVectors },
    sizeOf: (recipe) => architectureOf(recipe).multiplyAdds,
    weightsFor: (recipe) => constants && thetaOf(constants, architectureOf(recipe), headPrefix),
    async train(recipe, { from: theta, ...how }) {
      const standard = viewOf(recipe);
      const network = await trainNetwork({
        ...{ train, validation, seed, inputSize, classCount, vectorOf: seenAs(standard) },
        ...{ recipe, theta, ...how, architecture: architectureOf(recipe), augment: null },
      });
      return { network, standard };
    },
    score: ({ network, standard }) => scoreNetwork(network, heldAs(standard)),
  });
  const { standard } = found.student;
  const plane = planeOfRows(train, inputSize, ({ input }) => seenAs(standard)(input));
  return { ...found.student, plane, training: found.training };
}

function viewsOf(vectors: readonly Float32Array[], grid: CnnInput | null) {
  const flat = standardOf(vectors);
  if (grid === null) return { flat, grid: null };
  const { channels, width, height, isPlanar = false } = grid;
  const points = width * height;
  const channelOf = (j: number): number => (isPlanar ? Math.floor(j / points) : j % channels);
  return { flat, grid: standardOfChannels(vectors, { channels, channelOf }) };
}
