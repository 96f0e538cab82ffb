import type { TrainingJson } from '../../http/api-types-training.js';
import { validationRowsMin } from '../student-loss.js';
import type { ModelTraining } from '../search/model-training.js';
import { searchModel } from '../search/search-model.js';
import type { Candidate, SearchBudget } from '../search/search-student.js';
import type { Batches } from './batches.js';
import { chooseRate, rateWords, rateWork, type RateChoice } from './choose-rate.js';
import {
  continuedRecipes,
  defaultContinuedRecipe,
  settingsOfContinued,
  type ContinuedRecipe,
} from './continued-recipe.js';
import type { ContinuedTrainer } from './continued-trainer.js';
import { trainFurther, type FurtherTraining, type TrainedFurther } from './train-further.js';

/** Rows as a recipe has them learnt. */
export interface Lessons {
  readonly train: Batches;
  readonly validation: Batches;
}

export interface SearchContinuedOptions {
  readonly trainer: ContinuedTrainer;
  readonly classCount: number;
  /**
   * The time of its budget is that of all. Its validation rows are those of the lessons, in the
   * order of `Batches.inOrder`.
   */
  readonly training: ModelTraining;
  readonly lessonsOf: (recipe: ContinuedRecipe) => Lessons;
}

export interface SearchedContinued {
  /** [parameters] float32. */
  readonly theta: Float32Array;
  readonly training: TrainingJson;
}

/**
 * Trains a brought student by the best of the settings that the budget allows to be tried: first
 * learning rates, then losses and weightings at the best of these.
 *
 * What is tried hangs on rows and settings alone, unless time is short: then it is not searched,
 * and a training ends when its time is up.
 */
export async function searchContinued(options: SearchContinuedOptions): Promise<SearchedContinued> {
  const { trainer, training, lessonsOf } = options;
  const { validation, seed, budget, now } = training;
  const clock = openClock(training);
  const lessons = onceEach(lessonsOf);
  const isJudged = validation.length >= validationRowsMin;
  const score = (theta: Float32Array) => scoreAll(options, theta, lessons(defaultContinuedRecipe));
  const train = ({ recipe, ...how }: HowToTrain): Promise<TrainedFurther> => {
    const { train: rows, validation: held } = lessons(recipe);
    return trainFurther({ ...how, trainer, seed, train: rows, validation: isJudged ? held : null });
  };
  const choice = await chooseRate({
    labels: isJudged ? validation.map(({ label }) => label) : null,
    ...{ score, now, onTrial: (trial) => training.onTrial(trial, ofTrials) },
    train: ({ until, ...how }) =>
      train({
        ...{ ...how, recipe: defaultContinuedRecipe },
        isOver: () => clock.isOver(until / (rateWork + 1)),
      }),
  });
  // A whole training comes after the search, and its time is none of the search.
  const secondsMax = clock.secondsLeft() - choice.seconds;
  const isTimeFor = secondsMax >= choice.seconds * budget.workMax;
  const searched: SearchBudget =
    isTimeFor || budget.workMax === 0
      ? { ...budget, secondsMax }
      : { workMax: 0, secondsMax, whyNone: tooSlow };
  const found = await searchModel<ContinuedRecipe, Float32Array, Float32Array>(
    { ...training, budget: searched },
    {
      ...{ standard: defaultContinuedRecipe, others: continuedRecipes, score },
      ...{ settingsOf: settingsOfContinued, sizeOf: () => 1, weightsFor: () => null },
      async train(recipe, { share, onStep }) {
        const isOver = (): boolean => clock.isOver(1);
        return (await train({ recipe, rate: choice.rate, share, onStep, isOver })).theta;
      },
    },
  );
  return { theta: found.student, training: inWords(found.training, { choice, clock, options }) };
}

const tooSlow =
  'No search: a training takes too long for several of them in its time (searchSecondsMax).';

/** What a progress report is told of trials that come before those of the plan. */
const whole: Candidate<null> = {
  ...{ settings: settingsOfContinued(defaultContinuedRecipe), recipe: null, work: 1, size: 1 },
  ...{ aim: 'rows', enters: 'start' },
};
const ofTrials = { isSearched: true, candidates: [whole] } as const;

interface HowToTrain extends Pick<FurtherTraining, 'rate' | 'share' | 'isOver' | 'onStep'> {
  readonly recipe: ContinuedRecipe;
}

/** Targets take a while to make: a recipe's rows are the same in each of its trials. */
function onceEach(
  lessonsOf: (recipe: ContinuedRecipe) => Lessons,
): (recipe: ContinuedRecipe) => Lessons {
  const made = new Map<string, Lessons>();
  return (recipe) => {
    const settings = settingsOfContinued(recipe);
    const lessons = made.get(settings) ?? lessonsOf(recipe);
    made.set(settings, lessons);
    return lessons;
  };
}

async function scoreAll(
  { trainer, classCount }: Pick<SearchContinuedOptions, 'trainer' | 'classCount'>,
  theta: Float32Array,
  { validation }: Lessons,
): Promise<readonly Float32Array[]> {
  const rows: Float32Array[] = [];
  for (const batch of validation.inOrder()) {
    const tensors = batch.rows.map((row) => row.tensors);
    const logits = await trainer.score({ shape: batch.shape, rows: tensors }, theta);
    tensors.forEach((_, row) => rows.push(logits.slice(row * classCount, (row + 1) * classCount)));
  }
  return rows;
}

function openClock({ budget: { secondsMax }, now }: Pick<ModelTraining, 'budget' | 'now'>) {
  const startedMs = now();
  let isCut = false;
  return {
    /** @param share  of the time, in (0, 1]. */
    isOver(share: number): boolean {
      const isOver = now() - startedMs >= share * secondsMax * 1000;
      isCut ||= isOver;
      return isOver;
    },
    secondsLeft: () => secondsMax - (now() - startedMs) / 1000,
    isCut: () => isCut,
  };
}

function inWords(
  training: TrainingJson,
  about: {
    readonly choice: RateChoice;
    readonly clock: ReturnType<typeof openClock>;
    readonly options: SearchContinuedOptions;
  },
): TrainingJson {
  const { choice, clock, options } = about;
  const { secondsMax } = options.training.budget;
  const cut =
    `Time cut the training short (searchSecondsMax, ${secondsMax} s), and the best weights until ` +
    'then were kept: on a faster machine another student may come of the same rows.';
  return {
    ...training,
    searchedRows: clock.isCut()
      ? (options.training.parent?.searchedRows ?? null)
      : training.searchedRows,
    notes: [
      rateWords(choice, training.validationRows),
      ...training.notes,
      ...(clock.isCut() ? [cut] : []),
    ],
    trials: [...choice.trials, ...training.trials],
  };
}
