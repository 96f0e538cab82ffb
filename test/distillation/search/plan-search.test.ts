import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DatasetRow } from '../../../src/distillation/dataset.js';
import {
  defaultImageRecipe,
  imageRecipes,
  settingsOf,
} from '../../../src/distillation/image-recipe.js';
import {
  planSearch,
  type ParentTraining,
  type SearchPlan,
} from '../../../src/distillation/search/plan-search.js';
import type { ImageRecipe } from '../../../src/distillation/image-recipe.js';

const others = imageRecipes.filter(({ network }) => network.kind === 'mlp');

const rowsOf = (labels: readonly number[], probabilities: Float64Array | null): DatasetRow[] =>
  labels.map((label, index) => ({
    ...{ id: `row-${index}`, input: Uint8Array.of(0), label, probabilities },
    ...{ weight: 1, source: 'capture' as const },
  }));
const even = Array.from({ length: 400 }, (_, row) => row % 4);
const opinion = Float64Array.of(0.4, 0.3, 0.2, 0.1);

function plan(
  changes: {
    readonly rows?: readonly DatasetRow[];
    readonly validationRows?: number;
    readonly parent?: ParentTraining;
    readonly canStart?: boolean;
    readonly workMax?: number;
  } = {},
): SearchPlan<ImageRecipe> {
  const { rows = rowsOf(even, opinion), validationRows = 100, parent = null } = changes;
  return planSearch({
    ...{ train: rows, validationRows, parent, settingsOf, others },
    standard: defaultImageRecipe,
    sizeOf: ({ network }) => (network.kind === 'mlp' ? network.hiddenSize : 0),
    canStartFrom: () => changes.canStart ?? false,
    budget: { workMax: changes.workMax ?? 4, secondsMax: 60 },
  });
}
const wonBy = (settings: string): ParentTraining => ({
  ...{ version: 'v3-0', settings, searchedRows: 100 },
});
const settingsIn = ({ candidates }: SearchPlan<ImageRecipe>): string[] =>
  candidates.map(({ settings }) => settings);

describe('what a run tries', () => {
  it('is the usual settings and all others, with their work in usual trainings', () => {
    const { candidates, isSearched, notes } = plan();

    assert.equal(candidates.length, 1 + others.length);
    assert.equal(candidates[0].settings, 'MLP 128, rate 0.002, T 2, alpha 0.9');
    const large = candidates.find(({ settings }) => settings.startsWith('MLP 256'));
    assert.equal(large!.work, 2);
    assert.equal(isSearched, true);
    assert.deepEqual(notes, []);
  });

  it('is nothing else without a budget, or without rows to judge by', () => {
    const without = [plan({ workMax: 0 }), plan({ validationRows: 99 })];

    for (const { candidates, budget, isSearched } of without) {
      assert.equal(candidates.length, 1);
      assert.equal(budget.workMax, 0);
      assert.equal(isSearched, false);
    }
    assert.match(without[0]!.notes[0]!, /allows no work for it \(searchWork\)/);
    assert.match(without[1]!.notes[0]!, /99 validation rows .* it takes 100/);
  });

  it('begins with what won last, and searches again at twice the rows', () => {
    const settings = settingsOf(others[2]!);
    const parent = { version: 'v3-0', settings };

    const early = plan({ parent: { ...parent, searchedRows: 201 } });
    const due = plan({ parent: { ...parent, searchedRows: 200 } });

    assert.deepEqual(settingsIn(early), [settings]);
    assert.match(early.notes[0]!, /settings of v3-0 were searched with 201 .* with 402; .* 400/);
    assert.equal(settingsIn(due)[0], settings);
    assert.equal(settingsIn(due).length, 1 + others.length);
    assert.equal(new Set(settingsIn(due)).size, 1 + others.length);
  });

  it('begins with the usual settings where those of the incumbent are not known', () => {
    const parent = { version: 'v3-0', settings: 'of another age', searchedRows: null };

    assert.equal(settingsIn(plan({ parent }))[0], settingsOf(defaultImageRecipe));
  });

  it('leaves temperature and alpha out where the teacher gives labels alone, and says so', () => {
    const { candidates, notes } = plan({ rows: rowsOf(even, null) });

    assert.ok(candidates.every(({ recipe }) => recipe.loss.temperature === 2));
    const settings = candidates.map((one) => one.settings);
    assert.equal(new Set(settings).size, settings.length);
    assert.ok(settings.includes('MLP 128, rate 0.004, T 2, alpha 0.9'));
    assert.match(notes.join(), /label alone for all training rows: label smoothing of 0.05/);
  });

  it('says for how many rows there is a label alone', () => {
    const rows = [...rowsOf(even.slice(0, 100), null), ...rowsOf(even.slice(100), opinion)];

    assert.match(plan({ rows }).notes.join(), /label alone for 100 of 400 training rows/);
  });

  it('tries weights for rare classes where there are some', () => {
    const skewed = plan({ rows: rowsOf([...even, ...Array<number>(400).fill(0)], opinion) });

    const balanced = skewed.candidates.filter(({ aim }) => aim === 'classes');
    assert.deepEqual(
      balanced.map(({ settings }) => settings),
      ['MLP 128, rate 0.002, T 2, alpha 0.9, rare classes weigh more'],
    );
    assert.ok(plan().candidates.every(({ aim }) => aim === 'rows'));
  });

  it('tries weights for what is seldom labelled where something is', () => {
    const rows = rowsOf(even, opinion);
    const explored = rows.map((row, k) => (k < 9 ? { ...row, propensity: 0.02 } : row));

    const weighted = plan({ rows: explored }).candidates.filter(({ aim }) => aim !== 'rows');
    const { candidates } = plan({ rows: explored, parent: wonBy(weighted[0]!.settings) });

    const settings = 'MLP 128, rate 0.002, T 2, alpha 0.9, what is seldom labelled weighs more';
    assert.deepEqual(
      weighted.map((candidate) => [candidate.settings, candidate.aim]),
      [[settings, 'propensities']],
    );
    // What won is kept, and held against what weighs all rows the same.
    assert.equal(candidates[0].settings, settings);
    assert.equal(candidates.at(-1)!.settings, 'MLP 128, rate 0.002, T 2, alpha 0.9');
    assert.ok(candidates.every(({ aim }) => aim === 'rows'));
  });

  it('tries to go on from the incumbent, at the end and for half as long', () => {
    const { candidates } = plan({ canStart: true });

    const warm = candidates.at(-1)!;
    assert.match(warm.settings, /^MLP 128, .* from the incumbent$/);
    assert.equal(warm.enters, 'end');
    assert.equal(warm.work, 0.5);
  });
});
