import { readConstants } from '../../onnx/read-constants.js';
import { imageSizeOf, type Input } from '../../task/task.js';
import { trainStudent, type TrainedStudent } from '../embedded-trainer.js';
import { architectureOf, imageRecipesFor, settingsOf, type ImageRecipe } from '../image-recipe.js';
import type { ImageTask } from '../image-task.js';
import { planeOfRows } from '../novelty/principal-plane.js';
import { poolingOf, seeImage, seenOf } from '../pool-image.js';
import { scoreNetwork } from '../score-network.js';
import { imageModel } from '../student-model.js';
import { thetaOf } from '../theta-of.js';
import type { ModelTraining, TrainedModel } from './model-training.js';
import { searchModel } from './search-model.js';

/**
 * Trains an image student, by the best of the settings that the budget allows to be tried.
 *
 * @throws {RangeError} when every network for such images takes more than `modelBytesMax`.
 */
export async function trainImageModel(
  task: ImageTask,
  shiftPixels: number,
  training: ModelTraining,
): Promise<TrainedModel> {
  const { train, validation, seed, parent, modelBytesMax } = training;
  const constants = parent === null ? null : readConstants(parent.model);
  const pooling = poolingOf(task.input);
  const see = pooling === null ? seeing(task) : onceEach(seeing(task));
  const held = validation.map(({ input }) => see(input));
  const recipes = imageRecipesFor(task, modelBytesMax);
  if (recipes === null) throw new RangeError(`No network for ${task.name} fits modelBytesMax.`);
  const found = await searchModel<ImageRecipe, TrainedStudent, Float32Array>(training, {
    ...{ ...recipes, settingsOf },
    sizeOf: (recipe) => architectureOf(recipe, task).multiplyAdds,
    weightsFor: (recipe) => constants && thetaOf(constants, architectureOf(recipe, task)),
    train: (recipe, { from: theta, ...how }) =>
      trainStudent({ task, shiftPixels, see, train, validation, seed, recipe, theta, ...how }),
    score: (student) => scoreNetwork(student, held),
  });
  const seenSize = imageSizeOf(seenOf(task.input));
  const plane = planeOfRows(train, seenSize, ({ input }) => see(input));
  const model = imageModel(found.student, task.input, { pooling, plane });
  return { model, training: found.training };
}

const seeing =
  ({ input: spec }: ImageTask) =>
  (input: Input): Float32Array =>
    seeImage(input, spec);

/** Pooling reads many pixels for few: it is done once for all trials. */
function onceEach(see: (input: Input) => Float32Array): (input: Input) => Float32Array {
  const seen = new Map<Input, Float32Array>();
  return (input) => {
    const known = seen.get(input) ?? see(input);
    seen.set(input, known);
    return known;
  };
}
