import type { LossOptions } from '../distillation-loss.js';
import { wordsOfWeighting, type RowWeighting } from '../row-weighting.js';
import { studentLoss } from '../student-loss.js';

/** How a text student is trained. */
export interface TextRecipe {
  /** Of each of its networks. */
  readonly hiddenSize: number;
  /** Highest learning rates; they fall to 0 along a line. */
  readonly rates: { readonly embedding: number; readonly head: number };
  /** Share of a text's n-grams that a lesson keeps. */
  readonly ngramsKept: number;
  readonly loss: LossOptions;
  readonly weighting: RowWeighting;
  /** Where the weights come from at the start. */
  readonly start: 'scratch' | 'incumbent';
  /** Its epochs, in those of a training from scratch. */
  readonly lengthShare: number;
}

/** What is used where nothing is searched. */
export const defaultTextRecipe: TextRecipe = {
  hiddenSize: 64,
  rates: { embedding: 1, head: 0.1 },
  ngramsKept: 0.7,
  loss: studentLoss,
  weighting: 'rows',
  start: 'scratch',
  lengthShare: 1,
};

/** What may be better, by the task. */
export const textRecipes: readonly TextRecipe[] = [
  { ...defaultTextRecipe, loss: { alpha: 0.5, temperature: 2 } },
  { ...defaultTextRecipe, loss: { alpha: 0.9, temperature: 1 } },
  { ...defaultTextRecipe, rates: { embedding: 2, head: 0.2 } },
  { ...defaultTextRecipe, ngramsKept: 0.5 },
  { ...defaultTextRecipe, hiddenSize: 32 },
];

/** For people, and the name by which the next run finds it. */
export function settingsOfText(recipe: TextRecipe): string {
  const { hiddenSize, rates, ngramsKept, loss, weighting, start } = recipe;
  return [
    `3 networks of ${hiddenSize}`,
    `rate ${rates.embedding}`,
    `n-grams kept ${ngramsKept}`,
    `T ${loss.temperature}`,
    `alpha ${loss.alpha}`,
    ...wordsOfWeighting(weighting),
    ...(start === 'incumbent' ? ['from the incumbent'] : []),
  ].join(', ');
}
