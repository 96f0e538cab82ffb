import type { DatasetRow } from '../dataset.js';
import { hasOpinion, labelSmoothing } from '../soft-targets.js';
import type { LossOptions } from '../distillation-loss.js';
import { isSelective, isSkewed, type RowWeighting } from '../row-weighting.js';
import { studentLoss } from '../student-loss.js';
import { searchRowsMin, type Candidate, type SearchBudget } from './search-student.js';

/** What every recipe has, whatever network it is for. */
export interface CommonRecipe {
  readonly loss: LossOptions;
  readonly weighting: RowWeighting;
  readonly start: 'scratch' | 'incumbent';
  readonly lengthShare: number;
  /** After a part of the way it is behind, whatever it comes to; absent: it is not. */
  readonly isLate?: boolean;
}

/** What the student that serves says of its training. */
export interface ParentTraining {
  readonly version: string;
  readonly settings: string;
  /** Training rows of the latest search behind it; null: none. */
  readonly searchedRows: number | null;
}

export interface PlanParts<Recipe extends CommonRecipe> {
  readonly train: readonly DatasetRow[];
  readonly validationRows: number;
  /** The one that is used where nothing is searched, and what may be better. */
  readonly standard: Recipe;
  readonly others: readonly Recipe[];
  readonly settingsOf: (recipe: Recipe) => string;
  /** Multiply-adds of a row. */
  readonly sizeOf: (recipe: Recipe) => number;
  /** Null without an incumbent that was made here. */
  readonly parent: ParentTraining | null;
  /** Whether its weights can be learnt on from, with these settings. */
  readonly canStartFrom: (recipe: Recipe) => boolean;
  readonly budget: SearchBudget;
}

export interface SearchPlan<Recipe> {
  readonly candidates: readonly [Candidate<Recipe>, ...Candidate<Recipe>[]];
  readonly budget: SearchBudget;
  readonly isSearched: boolean;
  /** Why nothing is searched, and what the rows allow; sentences. */
  readonly notes: readonly string[];
}

/** So many times the rows of the last search call for another one. */
const growthMin = 2;
/** A training that begins with the incumbent's weights is so much shorter. */
const warmLengthShare = 0.5;

/**
 * Decides what a run tries. What won once is used again, without a search, until there are twice
 * the rows: what runs take in all then grows with their number, not with that of the candidates.
 */
export function planSearch<Recipe extends CommonRecipe>(
  parts: PlanParts<Recipe>,
): SearchPlan<Recipe> {
  const { train, validationRows, settingsOf, sizeOf, parent, budget } = parts;
  const opinions = train.filter(hasOpinion).length;
  const standard = parts.standard;
  // Without opinions the loss is the same at any temperature and alpha: see `targetsOf`.
  const known = [standard, ...parts.others].map((recipe) =>
    opinions === 0 ? { ...recipe, loss: studentLoss } : recipe,
  );
  const byName = new Map(known.map((recipe) => [settingsOf(recipe), recipe]));
  const first = recipeNamed(parent?.settings, [...byName.values()], settingsOf) ?? standard;
  const reason = reasonAgainst({ budget, validationRows, parent, rows: train.length });

  const candidateOf = (recipe: Recipe): Candidate<Recipe> => ({
    settings: settingsOf(recipe),
    recipe,
    work: (recipe.lengthShare * sizeOf(recipe)) / sizeOf(standard),
    size: sizeOf(recipe),
    aim: recipe.weighting === first.weighting ? 'rows' : recipe.weighting,
    enters: recipe.start === 'incumbent' || recipe.isLate === true ? 'end' : 'start',
  });
  byName.delete(settingsOf(first));
  const others = [...byName.values()];
  for (const weighting of weightingsFor(train, first.weighting))
    others.push({ ...first, weighting });
  if (parts.canStartFrom(first))
    others.push({ ...first, start: 'incumbent', lengthShare: warmLengthShare });
  return {
    candidates: [candidateOf(first), ...(reason === null ? others.map(candidateOf) : [])],
    budget: reason === null ? budget : { ...budget, workMax: 0 },
    isSearched: reason === null,
    notes: [...(reason === null ? [] : [reason]), ...teachingNotes(train.length, opinions)],
  };
}

/** What may be better than the present one. */
function weightingsFor(rows: readonly DatasetRow[], present: RowWeighting): RowWeighting[] {
  const may = new Set<RowWeighting>(['rows']);
  if (isSkewed(rows)) may.add('classes');
  if (isSelective(rows)) may.add('propensities');
  may.delete(present);
  return [...may];
}

function recipeNamed<Recipe extends CommonRecipe>(
  settings: string | undefined,
  known: readonly Recipe[],
  settingsOf: (recipe: Recipe) => string,
): Recipe | undefined {
  const either = known.flatMap((recipe) =>
    (['rows', 'classes', 'propensities'] as const).map((weighting) => ({ ...recipe, weighting })),
  );
  return either.find((recipe) => settingsOf(recipe) === settings);
}

function reasonAgainst(about: {
  readonly budget: SearchBudget;
  readonly validationRows: number;
  readonly parent: ParentTraining | null;
  readonly rows: number;
}): string | null {
  const { budget, validationRows, parent, rows } = about;
  if (budget.workMax === 0)
    return budget.whyNone ?? 'No search: the task allows no work for it (searchWork).';
  if (validationRows < searchRowsMin)
    return (
      `No search: ${validationRows} validation rows do not tell settings apart, ` +
      `it takes ${searchRowsMin}.`
    );
  const searchedRows = parent?.searchedRows ?? null;
  if (searchedRows === null || rows >= growthMin * searchedRows) return null;
  return (
    `No search: the settings of ${parent!.version} were searched with ${searchedRows} training ` +
    `rows, and are again with ${growthMin * searchedRows}; there are ${rows}.`
  );
}

function teachingNotes(rows: number, opinions: number): string[] {
  if (opinions === rows) return [];
  const labels = opinions === 0 ? 'all' : `${rows - opinions} of ${rows}`;
  const without = opinions === 0 ? '; temperature and alpha have no say then' : '';
  return [
    `The teacher gave a label alone for ${labels} training rows: label smoothing of ` +
      `${labelSmoothing} stands in for its opinion${without}.`,
  ];
}
