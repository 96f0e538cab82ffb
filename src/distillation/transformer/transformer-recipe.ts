import type { LossOptions } from '../distillation-loss.js';
import { wordsOfWeighting, type RowWeighting } from '../row-weighting.js';
import { studentLoss } from '../student-loss.js';

/** How a transformer of texts is trained. */
export interface TransformerRecipe {
  readonly layers: number;
  /** A multiple of `heads`. */
  readonly width: number;
  readonly heads: number;
  /** The highest one. */
  readonly learningRate: number;
  /** Share of a text's tokens that a lesson shows; the others are unknown ones there. */
  readonly tokensKept: number;
  readonly loss: LossOptions;
  readonly weighting: RowWeighting;
  /** Where the weights come from at the start. */
  readonly start: 'scratch' | 'incumbent';
  /** Its steps, in those of a training from scratch. */
  readonly lengthShare: number;
}

/** What is used where nothing is searched. */
export const defaultTransformerRecipe: TransformerRecipe = {
  layers: 2,
  width: 64,
  heads: 4,
  learningRate: 2e-3,
  tokensKept: 0.85,
  loss: studentLoss,
  weighting: 'rows',
  start: 'scratch',
  lengthShare: 1,
};

/** What may be better, by the task. */
export const transformerRecipes: readonly TransformerRecipe[] = [
  { ...defaultTransformerRecipe, learningRate: 1e-3 },
  { ...defaultTransformerRecipe, tokensKept: 0.7 },
  { ...defaultTransformerRecipe, loss: { alpha: 0.5, temperature: 2 } },
  { ...defaultTransformerRecipe, width: 128, learningRate: 1e-3 },
  { ...defaultTransformerRecipe, loss: { alpha: 0.9, temperature: 1 } },
];

/** For people, and the name by which the next run finds it. */
export function settingsOfTransformer(recipe: TransformerRecipe): string {
  const { layers, width, learningRate, tokensKept, loss, weighting, start } = recipe;
  return [
    `transformer ${layers} x ${width}`,
    `rate ${learningRate}`,
    `tokens kept ${tokensKept}`,
    `T ${loss.temperature}`,
    `alpha ${loss.alpha}`,
    ...wordsOfWeighting(weighting),
    ...(start === 'incumbent' ? ['from the incumbent'] : []),
  ].join(', ');
}
