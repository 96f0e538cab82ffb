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
} from '../text/train-text-student.js';
import type { ModelTraining, TrainedModel } from './model-training.js';
import { searchModel } from './search-model.js';

/** N-grams of a text of some forty characters. */
const ngrams = 128;

/** Trains a text student, by the best of the settings that the budget allows to be tried. */
export async function trainTextModel(
  classCount: number,
  training: ModelTraining,
): Promise<TrainedModel> {
  const { train, validation, seed, parent } = training;
  const texts = prepareTexts({ classCount, train, validation });
  const { vocabulary } = texts;
  const networksFor = ({ hiddenSize }: TextRecipe) => {
    const start = { vocabulary, hiddenSize, classCount, draw: createSeededDraw(seed) };
    return parent && networksOfModel(parent.model, start);
  };
  const found = await searchModel(training, {
    ...{ standard: defaultTextRecipe, others: textRecipes, settingsOf: settingsOfText },
    sizeOf: ({ hiddenSize }) => memberCount * hiddenSize * (ngrams + classCount),
    weightsFor: networksFor,
    train: (recipe, how) => trainTextStudent(texts, { seed, recipe, ...how }),
    score: async (student) => scoreValidation(texts, student),
  });
  return { model: textModel(found.student), training: found.training };
}
