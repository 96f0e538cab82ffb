import { cnn, mlp, type Architecture } from './architecture.js';
import type { ImageTask } from './image-task.js';
import { studentLoss } from './student-loss.js';
import { settingsOfNetwork, type NetworkRecipe } from './network-recipe.js';

/** How an image student is trained. */
export interface ImageRecipe extends NetworkRecipe {
  readonly network:
    | { readonly kind: 'mlp'; readonly hiddenSize: number }
    | { readonly kind: 'cnn'; readonly channels: readonly number[]; readonly hiddenSize: number };
}

/** What is used where nothing is searched. */
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

export function architectureOf({ network }: ImageRecipe, task: ImageTask): Architecture {
  const { input, labels } = task;
  const pixels = input.width * input.height * input.channels;
  if (network.kind === 'mlp') return mlp(pixels, [network.hiddenSize], labels.length);
  const { channels, hiddenSize } = network;
  return cnn(input, { channels, hiddenSizes: [hiddenSize] }, labels.length);
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
