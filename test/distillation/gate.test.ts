import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  judgeCandidate,
  type GateLimits,
  type ModelScores,
  type ScoredRow,
} from '../../src/distillation/gate.js';
import { seededDraw } from '../support/seeded-draw.js';

/** Rows from the surest down, wrong at the given ranks. */
function rows(count: number, wrongRanks: readonly number[]): ScoredRow[] {
  const wrong = new Set(wrongRanks);
  return Array.from({ length: count }, (_, rank) => ({
    confidence: 1 - rank / count,
    isRight: !wrong.has(rank),
  }));
}
const ranks = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, k) => first + k);

const good: ModelScores = {
  version: 'v2-good',
  isFinite: true,
  choosing: rows(100, [98, 99]),
  golden: rows(50, [49]),
  runMsP99: 0.25,
  modelBytes: 4000,
};
const limitsOf = (changes: Partial<GateLimits> = {}): GateLimits => ({
  riskMax: 0.1,
  delta: 0.1,
  runMsP99Max: 20,
  modelBytesMax: 5000,
  draw: seededDraw(1),
  ...changes,
});

interface Case {
  readonly name: string;
  readonly candidate?: Partial<ModelScores>;
  readonly incumbent?: Partial<ModelScores> | null;
  /** Gates that fail, with their words. */
  readonly failed: Readonly<Record<string, string>>;
}

const cases: readonly Case[] = [
  { name: 'a candidate as good as the incumbent', failed: {} },
  { name: 'a first candidate, with nothing to compare', incumbent: null, failed: {} },
  {
    name: 'a candidate that is as often right, but unsure where it is',
    // 20 wrong rows either way: the surest ones, or the least sure ones.
    candidate: { choosing: rows(100, ranks(0, 20)) },
    incumbent: { choosing: rows(100, ranks(80, 20)) },
    // 88 rows with 8 wrong are within 10 %, 89 with 9 are not; the candidate never gets there.
    failed: {
      coverage:
        'Covers 0.0 % at risk 10.0 % on 100 holdout rows, before 88.0 %, lower beyond chance.',
    },
  },
  {
    name: 'a candidate that lost eight holdout rows and gained none',
    candidate: { choosing: rows(100, ranks(92, 8)) },
    incumbent: { choosing: rows(100, []) },
    // 2^-8 = 0.0039; at 10 % risk both still cover everything.
    failed: {
      agreement:
        'Agreement with the teacher is 92.0 % of 100, before 100.0 %; 0 rows gained, 8 lost ' +
        '(p = 0.0039, worse beyond chance).',
    },
  },
  {
    name: 'a candidate that lost five golden rows and gained none',
    candidate: { golden: rows(50, ranks(0, 5)) },
    incumbent: { golden: rows(50, []) },
    // 2^-5 = 0.03125.
    failed: {
      golden:
        'Accuracy on the golden rows is 90.0 % of 50, before 100.0 %; 0 rows gained, 5 lost ' +
        '(p = 0.031, worse beyond chance).',
    },
  },
  {
    name: 'a candidate that lost four rows of each kind, which chance explains',
    // 2^-4 = 0.0625 is above 0.05.
    candidate: { choosing: rows(100, ranks(96, 4)), golden: rows(50, ranks(0, 4)) },
    incumbent: { choosing: rows(100, []), golden: rows(50, []) },
    failed: {},
  },
  {
    name: 'a candidate that lost one of four golden rows: none of so few could be beyond chance',
    candidate: { golden: rows(4, [3]) },
    incumbent: { golden: rows(4, []) },
    failed: {
      golden:
        'Accuracy on the golden rows is 75.0 % of 4, before 100.0 %; 0 rows gained, 1 lost, and ' +
        'so few rows can not tell that it was chance.',
    },
  },
  {
    name: 'a candidate that lost and gained as many',
    candidate: { choosing: rows(100, ranks(90, 5)), golden: rows(50, ranks(0, 9)) },
    incumbent: { choosing: rows(100, ranks(95, 5)), golden: rows(50, ranks(20, 9)) },
    failed: {},
  },
  {
    name: 'a candidate that gives NaN, where there is no incumbent',
    candidate: {
      isFinite: false,
      choosing: good.choosing.map(() => ({ confidence: 0, isRight: false })),
    },
    incumbent: null,
    failed: {
      'outputs-finite':
        'The model gives NaN or infinity: the training diverged or the export is broken.',
    },
  },
  {
    name: 'a candidate that is too slow',
    candidate: { runMsP99: 25.3127 },
    failed: { 'run-time': 'A one-row run at the 99th percentile takes 25.3 ms, allowed 20 ms.' },
  },
  {
    name: 'a candidate that takes seconds, in readable numbers',
    candidate: { runMsP99: 1234.5 },
    failed: { 'run-time': 'A one-row run at the 99th percentile takes 1230 ms, allowed 20 ms.' },
  },
  {
    name: 'a candidate that is too large',
    candidate: { modelBytes: 5001 },
    failed: { size: 'The model has 5,001 bytes, allowed 5,000 bytes.' },
  },
  { name: 'a candidate at both limits', candidate: { runMsP99: 20, modelBytes: 5000 }, failed: {} },
];

describe('judging a candidate', () => {
  for (const { name, candidate, incumbent, failed } of cases) {
    it(`${Object.keys(failed).length === 0 ? 'accepts' : 'rejects'} ${name}`, () => {
      const before = incumbent === null ? null : { ...good, version: 'v1-before', ...incumbent };

      const { gates } = judgeCandidate({ ...good, ...candidate }, before, limitsOf());

      const names = gates.map((gate) => gate.name);
      const all = ['outputs-finite', 'coverage', 'agreement', 'golden', 'run-time', 'size'];
      assert.deepEqual(names, all);
      const rejecting = gates.filter(({ isPassed }) => !isPassed);
      assert.deepEqual(
        Object.fromEntries(rejecting.map((gate) => [gate.name, gate.reason])),
        failed,
      );
    });
  }

  it('says the numbers also where a gate passed', () => {
    const { gates } = judgeCandidate(good, { ...good, version: 'v1-before' }, limitsOf());

    assert.deepEqual(
      gates.map(({ reason }) => reason),
      [
        'Every output is a finite number.',
        'Covers 100.0 % at risk 10.0 % on 100 holdout rows, before 100.0 %.',
        'Agreement with the teacher is 98.0 % of 100, before 98.0 %; 0 rows gained, 0 lost.',
        'Accuracy on the golden rows is 98.0 % of 50, before 98.0 %; 0 rows gained, 0 lost.',
        'A one-row run at the 99th percentile takes 0.25 ms, allowed 20 ms.',
        'The model has 4,000 bytes, allowed 5,000 bytes.',
      ],
    );
  });

  it('says that there was nothing to compare with', () => {
    const { gates, incumbent } = judgeCandidate(good, null, limitsOf());

    assert.deepEqual(
      gates.slice(1, 4).map(({ reason }) => reason),
      [
        'Covers 100.0 % at risk 10.0 % on 100 holdout rows; nothing to compare.',
        'Agreement with the teacher is 98.0 % of 100; nothing to compare.',
        'Accuracy on the golden rows is 98.0 % of 50; nothing to compare.',
      ],
    );
    assert.equal(incumbent, null);
  });

  it('sums up both models on the same rows', () => {
    const before = { ...good, version: 'v1-before', choosing: rows(100, ranks(70, 30)) };

    const judged = judgeCandidate(good, before, limitsOf());

    const { agreement, gates, ...rest } = judged;
    assert.equal(gates.length, 6);
    // Clopper-Pearson for 98 of 100 at 90 %: Python, bisection on exact binomial tails.
    assert.equal(agreement.estimate, 0.98);
    assert.equal(agreement.rows, 100);
    assert.ok(Math.abs(agreement.low - 0.9384) < 1e-3 && Math.abs(agreement.high - 0.9964) < 1e-3);
    assert.deepEqual(rest, {
      coverage: 1,
      goldenAccuracy: 0.98,
      goldenRows: 50,
      runMsP99: 0.25,
      // 77 rows with 7 wrong are within 10 %.
      incumbent: { version: 'v1-before', agreement: 0.7, coverage: 0.77, goldenAccuracy: 0.98 },
    });
  });

  it('accepts a candidate without any row to judge it by', () => {
    const nothing = { choosing: [], golden: [] };

    const judged = judgeCandidate({ ...good, ...nothing }, { ...good, ...nothing }, limitsOf());

    assert.ok(judged.gates.every(({ isPassed }) => isPassed));
    assert.deepEqual([judged.coverage, judged.goldenAccuracy, judged.agreement.rows], [0, 0, 0]);
  });

  it('gives a candidate that is truly equal a fair chance, and a worse one little', () => {
    const draw = seededDraw(2);
    const passes = (wrongRate: number): number => {
      let passed = 0;
      for (let round = 0; round < 40; round++) {
        const scored = (rate: number): ScoredRow[] =>
          ranks(0, 200).map(() => ({ confidence: draw(), isRight: draw() >= rate }));
        const candidate = { ...good, choosing: scored(wrongRate) };
        const { gates } = judgeCandidate(
          candidate,
          { ...good, choosing: scored(0.08) },
          limitsOf(),
        );
        if (gates.every(({ isPassed }) => isPassed)) passed++;
      }
      return passed;
    };

    const [equal, worse] = [passes(0.08), passes(0.3)];

    assert.ok(equal >= 30, `${equal} of 40 equal candidates passed`);
    assert.ok(worse <= 4, `${worse} of 40 worse candidates passed`);
  });
});
