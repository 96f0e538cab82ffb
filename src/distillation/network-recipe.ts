import type { LossOptions } from './distillation-loss.js';
import { wordsOfWeighting, type RowWeighting } from './row-weighting.js';

/** How a network is trained, whatever it is made of. */
export interface NetworkRecipe {
  /** The highest one. */
  readonly learningRate: number;
  readonly loss: LossOptions;
  /** See `mixRows`; 0: none. */
  readonly mixedShareMax: number;
  readonly weighting: RowWeighting;
  /** Where the weights come from at the start. */
  readonly start: 'scratch' | 'incumbent';
  /** Its steps, in those of a training from scratch. */
  readonly lengthShare: number;
}

/** For people, one part each. */
export function settingsOfNetwork(recipe: Omit<NetworkRecipe, 'lengthShare'>): readonly string[] {
  const { learningRate, loss, mixedShareMax, weighting, start } = recipe;
  return [
    `rate ${learningRate}`,
    `T ${loss.temperature}`,
    `alpha ${loss.alpha}`,
    ...(mixedShareMax > 0 ? [`mixup ${mixedShareMax}`] : []),
    ...wordsOfWeighting(weighting),
    ...(start === 'incumbent' ? ['from the incumbent'] : []),
  ];
}
