import type { LossOptions } from '../distillation-loss.js';
import { wordsOfWeighting } from '../row-weighting.js';
import type { CommonRecipe } from '../search/plan-search.js';
import { studentLoss } from '../student-loss.js';

/** How a brought student is trained further, at a rate that was found before. */
export type ContinuedRecipe = CommonRecipe;

/**
 * What is used where nothing is searched. `scratch`: from its own weights, as every recipe; there
 * is nothing else to begin with.
 */
export const defaultContinuedRecipe: ContinuedRecipe = {
  loss: studentLoss,
  weighting: 'rows',
  start: 'scratch',
  lengthShare: 1,
};

const withLoss = (loss: LossOptions): ContinuedRecipe => ({ ...defaultContinuedRecipe, loss });

/** What may be better, by the task. Its size is its owner's affair. */
export const continuedRecipes: readonly ContinuedRecipe[] = [
  withLoss({ alpha: 0.5, temperature: 2 }),
  withLoss({ alpha: 0.9, temperature: 1 }),
];

/** For people, and the name by which the next run finds it. */
export const settingsOfContinued = ({ loss, weighting }: ContinuedRecipe): string =>
  [
    'its own weights',
    `T ${loss.temperature}`,
    `alpha ${loss.alpha}`,
    ...wordsOfWeighting(weighting),
  ].join(', ');
