import type { TrainingJson } from '../../http/api-types-training.js';
import type { TrainerStep } from '../embedded-trainer.js';
import { propensityWeights } from '../row-weighting.js';
import type { ModelTraining } from './model-training.js';
import { planSearch, type CommonRecipe } from './plan-search.js';
import { searchStudent } from './search-student.js';
import { trainingJsonOf } from './training-json.js';

/** One kind of students, as a search needs it; `Weights` is what a training may begin with. */
export interface StudentKind<Recipe extends CommonRecipe, Student, Weights> {
  /** The recipe that is used where nothing is searched, and those that may be better. */
  readonly standard: Recipe;
  readonly others: readonly Recipe[];
  readonly settingsOf: (recipe: Recipe) => string;
  /** Multiply-adds of a row. */
  readonly sizeOf: (recipe: Recipe) => number;
  /** Of the student that serves; null where it has none that fit. */
  readonly weightsFor: (recipe: Recipe) => Weights | null;
  readonly train: (recipe: Recipe, how: TrialTraining<Weights>) => Promise<Student>;
  /** @returns [validation rows][classes] logits. */
  readonly score: (student: Student) => Promise<readonly Float32Array[]>;
}

export interface TrialTraining<Weights> {
  /** Part of a whole training, in (0, 1]. */
  readonly share: number;
  /** To begin with; null: drawn ones. */
  readonly from: Weights | null;
  readonly onStep: (step: TrainerStep) => void;
}

/** Trains a student by the best of the settings that the budget allows to be tried. */
export async function searchModel<Recipe extends CommonRecipe, Student, Weights>(
  { train, validation, parent, budget, now, onTrial }: ModelTraining,
  kind: StudentKind<Recipe, Student, Weights>,
): Promise<{ readonly student: Student; readonly training: TrainingJson }> {
  const { settingsOf, weightsFor } = kind;
  const plan = planSearch({
    ...{ ...kind, train, validationRows: validation.length, parent, budget },
    canStartFrom: (recipe) => weightsFor(recipe) !== null,
  });
  const searched = await searchStudent<Recipe, Student>({
    ...{ candidates: plan.candidates, budget: plan.budget, now, score: kind.score },
    labels: validation.map(({ label }) => label),
    propensityWeights: propensityWeights(validation),
    train: ({ recipe, ...trial }) =>
      kind.train(recipe, {
        share: trial.share,
        from: recipe.start === 'incumbent' ? weightsFor(recipe) : null,
        onStep: onTrial(trial, plan),
      }),
  });
  const settings = settingsOf({ ...searched.chosen.recipe, start: 'scratch' });
  const about = { settings, rows: train.length, validationRows: validation.length, parent };
  return { student: searched.student, training: trainingJsonOf(plan, searched, about) };
}
