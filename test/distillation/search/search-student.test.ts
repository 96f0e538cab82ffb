import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  searchStudent,
  type Candidate,
  type SearchBudget,
} from '../../../src/distillation/search/search-student.js';
import { propensityWeights } from '../../../src/distillation/row-weighting.js';
import { seededDraw } from '../../support/seeded-draw.js';

/** A student is how often it is right on rows of each of two classes. */
type Skill = readonly [number, number];

const candidate = (
  settings: string,
  recipe: Skill | number,
  changes: Partial<Candidate<Skill>> = {},
): Candidate<Skill> => ({
  settings,
  recipe: typeof recipe === 'number' ? [recipe, recipe] : recipe,
  ...{ work: 1, size: 100, aim: 'rows', enters: 'start', ...changes },
});

interface Options {
  readonly candidates: readonly [Candidate<Skill>, ...Candidate<Skill>[]];
  readonly budget?: Partial<SearchBudget>;
  readonly rows?: number;
  /** Rows of the second class. */
  readonly rare?: number;
  /** Whether the second class is seldom labelled; default: it is. */
  readonly isSeldom?: boolean;
  /** Milliseconds that a whole training takes. */
  readonly trainingMs?: number;
}

/** Every row has its own luck, the same for all: the better one is right where the worse is. */
async function search(options: Options) {
  const { candidates, rows = 400, rare = rows / 2, isSeldom = true, trainingMs = 0 } = options;
  const draw = seededDraw(5);
  const luck = Array.from({ length: rows }, () => draw());
  const labels = luck.map((_, row) => Number(row < rare));
  let nowMs = 0;
  const told: string[] = [];
  const searched = await searchStudent<Skill, Skill>({
    candidates,
    budget: { workMax: 4, secondsMax: 600, ...options.budget },
    labels,
    propensityWeights: propensityWeights(
      labels.map((label) => ({ propensity: label === 1 && isSeldom ? 0.02 : 1 })),
    ),
    train: ({ settings, recipe, share }) => {
      told.push(`${settings} ${share}`);
      nowMs += share * trainingMs;
      return Promise.resolve(recipe);
    },
    score: (skill) =>
      Promise.resolve(
        labels.map((label, row) => {
          const isRight = luck[row]! < skill[label]!;
          return Float32Array.of(...(isRight === (label === 0) ? [1, 0] : [0, 1]));
        }),
      ),
    now: () => nowMs,
  });
  return { ...searched, told };
}

describe('the search for a student', () => {
  it('picks a better way to train over the usual one, by halves', async () => {
    const { chosen, student, told, trials } = await search({
      candidates: [
        candidate('usual', 0.8),
        candidate('good', 0.83),
        candidate('better', 0.87),
        candidate('best', 0.95),
        candidate('hopeless', 0.1),
      ],
    });

    assert.equal(chosen.settings, 'best');
    assert.deepEqual(student, [0.95, 0.95]);
    assert.deepEqual(told, [
      ...['usual 0.125', 'good 0.125', 'better 0.125', 'best 0.125', 'hopeless 0.125'],
      ...['usual 0.25', 'best 0.25', 'better 0.25'],
      ...['usual 1', 'best 1'],
    ]);
    const inFull = trials.filter(({ share }) => share === 1);
    assert.deepEqual(
      inFull.map(({ settings, isChosen }) => [settings, isChosen]),
      [
        ['usual', false],
        ['best', true],
      ],
    );
    assert.ok(Math.abs(inFull[1]!.agreement! - 0.95) < 0.03, `${inFull[1]!.agreement}`);
    assert.equal(trials.filter(({ isChosen }) => isChosen).length, 1);
  });

  it('keeps the usual one where all others are worse, after their first part', async () => {
    const { chosen, told } = await search({
      candidates: [candidate('usual', 0.9), candidate('worse', 0.8), candidate('bad', 0.5)],
    });

    assert.equal(chosen.settings, 'usual');
    assert.deepEqual(told, ['usual 0.125', 'worse 0.125', 'bad 0.125', 'usual 1']);
  });

  it('takes a gain that chance explains for none', async () => {
    const { chosen, told } = await search({
      candidates: [
        candidate('usual', 0.9),
        // Better at one class, worse at the other.
        candidate('little better', [0.96, 0.87]),
      ],
    });

    assert.equal(chosen.settings, 'usual');
    assert.deepEqual(told, ['usual 0.125', 'little better 0.125', 'usual 1']);
  });

  it('takes the smaller of two that are as good', async () => {
    const { chosen } = await search({
      candidates: [candidate('usual', 0.9), candidate('small', 0.9, { size: 50, work: 0.5 })],
    });

    assert.equal(chosen.settings, 'small');
  });

  it('trains the usual one alone without a budget', async () => {
    const candidates = [candidate('usual', 0.5), candidate('better', 0.9)] as const;

    const { told, chosen } = await search({ candidates, budget: { workMax: 0 } });

    assert.deepEqual(told, ['usual 1']);
    assert.equal(chosen.settings, 'usual');
  });

  it('trains the usual one alone with too few rows to judge by, or none', async () => {
    const candidates = [candidate('usual', 0.5), candidate('better', 0.9)] as const;

    const [few, none] = [
      await search({ candidates, rows: 99 }),
      await search({ candidates, rows: 0 }),
    ];

    assert.deepEqual(few.told, ['usual 1']);
    assert.ok(few.trials[0]!.agreement! > 0.3);
    assert.deepEqual(none.told, ['usual 1']);
    assert.equal(none.trials[0]!.agreement, null);
  });

  it('stays within its budget of work, and says who was too large for it', async () => {
    const { trials, tooLarge, chosen } = await search({
      candidates: [
        candidate('usual', 0.8),
        candidate('good', 0.9, { work: 1.5 }),
        candidate('large', 0.99, { work: 3 }),
      ],
      budget: { workMax: 3 },
    });

    assert.deepEqual(
      tooLarge.map(({ settings }) => settings),
      ['large'],
    );
    assert.equal(chosen.settings, 'good');
    const works = new Map([
      ['usual', 1],
      ['good', 1.5],
    ]);
    const work = trials.reduce((sum, { settings, share }) => sum + works.get(settings)! * share, 0);
    assert.ok(work - 1 <= 3, `${work}`);
  });

  it('ends where the budget does, though each candidate alone would fit', async () => {
    const { told, chosen } = await search({
      candidates: [
        candidate('usual', 0.8),
        ...[0.95, 0.9, 0.5, 0.4].map((skill) => candidate(`${skill}`, skill)),
      ],
      budget: { workMax: 1.8 },
    });

    // 5 / 8 and 3 / 4 are spent: 0.425 is left, and the best one would take 1.
    assert.deepEqual(told.slice(5), ['usual 0.25', '0.95 0.25', '0.9 0.25', 'usual 1']);
    assert.equal(chosen.settings, 'usual');
  });

  it('ends with the time, and says so', async () => {
    const { told, isCut, chosen } = await search({
      candidates: [candidate('usual', 0.8), candidate('better', 0.9), candidate('best', 0.99)],
      budget: { secondsMax: 20 },
      trainingMs: 80_000,
    });

    // 10 s each: at 20 s the clock has not run out, at 30 s it has.
    assert.deepEqual(told, ['usual 0.125', 'better 0.125', 'best 0.125', 'usual 1']);
    assert.equal(isCut, true);
    assert.equal(chosen.settings, 'usual');
  });

  it('tries who begins with trained weights in full alone', async () => {
    const { told, chosen } = await search({
      candidates: [
        candidate('usual', 0.8),
        candidate('worse', 0.5),
        candidate('from the incumbent', 0.9, { enters: 'end', work: 0.5 }),
      ],
    });

    assert.deepEqual(told.slice(-2), ['usual 1', 'from the incumbent 1']);
    assert.equal(told.filter((trial) => trial.startsWith('from')).length, 1);
    assert.equal(chosen.settings, 'from the incumbent');
  });

  for (const [aim, what] of [
    ['classes', 'rare classes'],
    ['propensities', 'what is seldom labelled'],
  ] as const)
    it(`lets ${what} gain where the whole loses no more than chance explains`, async () => {
      const rare = { rows: 1000, rare: 50 };
      const usual = candidate('usual', [0.9, 0.3]);

      const gain = await search({
        ...rare,
        candidates: [usual, candidate('balanced', [0.9, 0.6], { aim })],
      });
      const none = await search({
        ...rare,
        candidates: [usual, candidate('balanced', [0.9, 0.3], { aim })],
      });
      const loss = await search({
        ...rare,
        candidates: [usual, candidate('balanced', [0.8, 0.6], { aim })],
      });

      assert.equal(gain.chosen.settings, 'balanced');
      assert.deepEqual([none.chosen.settings, loss.chosen.settings], ['usual', 'usual']);
    });

  it('knows a rare class from what is seldom labelled', async () => {
    const chosen = async (aim: 'classes' | 'propensities'): Promise<string> => {
      // Fifteen rare rows are put right, and as many others wrong.
      const candidates = [
        candidate('usual', [0.9, 0.3]),
        candidate('balanced', [0.885, 0.6], { aim }),
      ];
      const options = { rows: 1000, rare: 50, isSeldom: false };
      return (await search({ ...options, candidates: [candidates[0]!, candidates[1]!] })).chosen
        .settings;
    };

    assert.deepEqual(
      [await chosen('classes'), await chosen('propensities')],
      ['balanced', 'usual'],
    );
  });
});
