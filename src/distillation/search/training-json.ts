import type { TrainingJson, TrialJson } from '../../http/api-types-training.js';
import { percent } from '../../task/percent.js';
import type { ParentTraining, SearchPlan } from './plan-search.js';
import type { Searched, SearchBudget } from './search-student.js';

/** Puts a training into words. @param settings  of what won, as the next run finds it. */
export function trainingJsonOf<Recipe, Student>(
  plan: SearchPlan<Recipe>,
  searched: Searched<Recipe, Student>,
  about: {
    readonly settings: string;
    readonly rows: number;
    readonly validationRows: number;
    readonly parent: ParentTraining | null;
  },
): TrainingJson {
  const { settings, rows, validationRows, parent } = about;
  return {
    notes: [...(plan.isSearched ? searchNotes(searched, plan.budget) : []), ...plan.notes],
    settings,
    searchedRows: plan.isSearched && !searched.isCut ? rows : (parent?.searchedRows ?? null),
    validationRows,
    trials: searched.trials,
  };
}

function searchNotes<Recipe, Student>(
  { chosen, trials, tooLarge, isCut }: Searched<Recipe, Student>,
  budget: SearchBudget,
): string[] {
  const inFull = trials.filter(({ share }) => share === 1);
  const own = inFull.find(({ isChosen }) => isChosen)!;
  const tried = new Set(trials.map(({ settings }) => settings)).size;
  const won =
    inFull[0] === own
      ? `None of ${tried - 1} other settings beat "${chosen.settings}" by more than chance.`
      : `"${chosen.settings}" won of ${tried} settings: ${wordsOf(own)}, ` +
        `where "${inFull[0]!.settings}" has ${wordsOf(inFull[0]!)}.`;
  const names = tooLarge.map(({ settings }) => `"${settings}"`).join(', ');
  return [
    won,
    ...(tooLarge.length === 0
      ? []
      : [`More work than searchWork (${budget.workMax}) allows: ${names}.`]),
    ...(isCut
      ? [
          `Time cut the search short (searchSecondsMax, ${budget.secondsMax} s): on a faster ` +
            'machine another student may come of the same rows.',
        ]
      : []),
  ];
}

const wordsOf = ({ agreement, loss }: TrialJson): string =>
  `${percent(agreement!)} agreement, loss ${loss!.toFixed(3)}`;
