import { createSeededDraw } from '../seeded-draw.js';
import { networksOfModel } from '../text/networks-of-model.js';
import { textModel } from '../text/text-model.js';
import {
  defaultTextRecipe,
  settingsOfText,
  textRecipes,
  type TextRecipe,
} from '../text/text-recipe.js';
import {
  memberCount,
  prepareTexts,
  scoreValidation,
  trainTextStudent,
  type TextStudent,
} from '../text/train-text-student.js';
import type { ModelTraining, TrainedModel } from './model-training.js';
import { planSearch } from './plan-search.js';
import { searchStudent, type Trial } from './search-student.js';
import { trainingJsonOf } from './training-json.js';

/** N-grams of a text of some forty characters. */
const ngrams = 128;

/** Trains a text student, by the best of the settings that the budget allows to be tried. */
export async function trainTextModel(
  classCount: number,
  training: ModelTraining,
): Promise<TrainedModel> {
  const { train, validation, seed, parent, budget, now } = training;
  const texts = prepareTexts({ classCount, train, validation });
  const { vocabulary } = texts;
  const networksFor = ({ hiddenSize }: TextRecipe) => {
    const start = { vocabulary, hiddenSize, classCount, draw: createSeededDraw(seed) };
    return parent && networksOfModel(parent.model, start);
  };
  const plan = planSearch({
    ...{ train, validationRows: validation.length, parent, budget, settingsOf: settingsOfText },
    ...{ standard: defaultTextRecipe, others: textRecipes },
    sizeOf: ({ hiddenSize }) => memberCount * hiddenSize * (ngrams + classCount),
    canStartFrom: (recipe) => networksFor(recipe) !== null,
  });
  const searched = await searchStudent<TextRecipe, TextStudent>({
    ...{ candidates: plan.candidates, budget: plan.budget, now },
    labels: validation.map(({ label }) => label),
    train: ({ recipe, share, ...trial }: Trial<TextRecipe>) =>
      trainTextStudent(texts, {
        ...{ seed, recipe, share },
        from: recipe.start === 'incumbent' ? networksFor(recipe) : null,
        onStep: training.onTrial({ share, ...trial }, plan),
      }),
    score: (student) => Promise.resolve(scoreValidation(texts, student)),
  });
  const settings = settingsOfText({ ...searched.chosen.recipe, start: 'scratch' });
  const about = { settings, rows: train.length, validationRows: validation.length, parent };
  return { model: textModel(searched.student), training: trainingJsonOf(plan, searched, about) };
}
