import { cnn, mlp, parameterCountOf, type Architecture } from './architecture.js';
import type { ImageTask } from './image-task.js';
import { seenOf } from './pool-image.js';
import { studentLoss } from './student-loss.js';
import { imageSizeOf } from '../task/task.js';
import { settingsOfNetwork, type NetworkRecipe } from './network-recipe.js';

/** How an image student is trained. */
export interface ImageRecipe extends NetworkRecipe {
  readonly network:
    | { readonly kind: 'mlp'; readonly hiddenSize: number }
    | { readonly kind: 'cnn'; readonly channels: readonly number[]; readonly hiddenSize: number };
}

/** What is used for small images where nothing is searched. */
export const defaultImageRecipe: ImageRecipe = {
  network: { kind: 'mlp', hiddenSize: 128 },
  learningRate: 2e-3,
  loss: studentLoss,
  mixedShareMax: 0,
  weighting: 'rows',
  start: 'scratch',
  lengthShare: 1,
};

/**
 * What may be better, by the task. On 2 500 digits double the rate gains 0.7 points of agreement,
 * double the network 0.6, both and a higher temperature a point; convolutions gain 5 points of 600
 * digits, for ten times the work.
 */
export const imageRecipes: readonly ImageRecipe[] = [
  { ...defaultImageRecipe, learningRate: 4e-3, loss: { alpha: 0.9, temperature: 4 } },
  { ...defaultImageRecipe, learningRate: 4e-3, loss: { alpha: 0.5, temperature: 2 } },
  {
    ...defaultImageRecipe,
    network: { kind: 'mlp', hiddenSize: 256 },
    learningRate: 4e-3,
    loss: { alpha: 0.9, temperature: 4 },
  },
  {
    ...defaultImageRecipe,
    network: { kind: 'mlp', hiddenSize: 64 },
    learningRate: 4e-3,
    loss: { alpha: 0.9, temperature: 4 },
  },
  { ...defaultImageRecipe, learningRate: 4e-3, mixedShareMax: 0.25 },
  { ...defaultImageRecipe, network: { kind: 'cnn', channels: [4, 8], hiddenSize: 32 } },
  { ...defaultImageRecipe, network: { kind: 'cnn', channels: [8, 16], hiddenSize: 32 } },
];

/**
 * What is used for large images, which are pooled (`poolingOf`). Of 270 coloured shapes, 224 x 224,
 * it learnt all of 200 others, convolutions of 4 and 8 channels 97 %, an MLP of 128 87 % in half
 * of the time.
 */
export const largeImageRecipe: ImageRecipe = {
  ...defaultImageRecipe,
  network: { kind: 'cnn', channels: [4, 4, 8, 8], hiddenSize: 32 },
};

/** What may be better for them; none takes much more work. */
export const largeImageRecipes: readonly ImageRecipe[] = [
  { ...largeImageRecipe, learningRate: 4e-3, loss: { alpha: 0.9, temperature: 4 } },
  { ...largeImageRecipe, learningRate: 4e-3, loss: { alpha: 0.5, temperature: 2 } },
  { ...largeImageRecipe, learningRate: 4e-3, mixedShareMax: 0.25 },
  { ...largeImageRecipe, network: { kind: 'cnn', channels: [4, 8], hiddenSize: 32 } },
  { ...largeImageRecipe, network: { kind: 'cnn', channels: [4, 8, 16], hiddenSize: 64 } },
  defaultImageRecipe,
];

export interface ImageRecipes {
  /** The one that is used where nothing is searched. */
  readonly standard: ImageRecipe;
  readonly others: readonly ImageRecipe[];
}

/**
 * @param modelBytesMax  of a student: what takes more by its weights alone is not trained.
 * @returns              null where every network would take more.
 */
export function imageRecipesFor(task: ImageTask, modelBytesMax = Infinity): ImageRecipes | null {
  const [standard, ...others] = suitableRecipes(task).filter(
    (recipe) => weightBytesOf(recipe, task) <= modelBytesMax,
  );
  return standard === undefined ? null : { standard, others };
}

/** Bytes of the weights of the smallest network for a task: no student of it takes fewer. */
export const smallestBytesOf = (task: ImageTask): number =>
  Math.min(...suitableRecipes(task).map((recipe) => weightBytesOf(recipe, task)));

/** The standard one first. */
function suitableRecipes({ input }: ImageTask): readonly ImageRecipe[] {
  const seen = seenOf(input);
  const isConvolved = Math.min(seen.width, seen.height) >= convolvedMin;
  return isConvolved && seen !== input
    ? [largeImageRecipe, ...largeImageRecipes]
    : [defaultImageRecipe, ...imageRecipes].filter(
        ({ network }) => isConvolved || network.kind === 'mlp',
      );
}

/** Convolutions and their pooling need some pixels. */
const convolvedMin = 8;

const weightBytesOf = (recipe: ImageRecipe, task: ImageTask): number =>
  Float32Array.BYTES_PER_ELEMENT * parameterCountOf(architectureOf(recipe, task));

/** The network of what is seen of an image, see `seenOf`. */
export function architectureOf({ network }: ImageRecipe, task: ImageTask): Architecture {
  const seen = seenOf(task.input);
  const classCount = task.labels.length;
  if (network.kind === 'mlp') return mlp(imageSizeOf(seen), [network.hiddenSize], classCount);
  const { channels, hiddenSize } = network;
  return cnn(seen, { channels, hiddenSizes: [hiddenSize] }, classCount);
}

/** For people, and the name by which the next run finds it. */
export function settingsOf({ network, ...recipe }: ImageRecipe): string {
  return [
    network.kind === 'mlp'
      ? `MLP ${network.hiddenSize}`
      : `CNN ${network.channels.join('-')}-${network.hiddenSize}`,
    ...settingsOfNetwork(recipe),
  ].join(', ');
}
