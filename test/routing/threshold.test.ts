import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fitThreshold } from '../../src/routing/threshold.js';
import { seededDraw } from '../support/seeded-draw.js';

const fraction = (value: number): number => value - Math.floor(value);

/** The same rows as in fixtures/threshold-oracle.py: the surer, the fewer disagreements. */
function rowsOf(count: number, slope: number, levels: number) {
  const confidences = new Float64Array(count);
  const disagrees: boolean[] = [];
  for (let row = 0; row < count; row++) {
    const confidence = fraction((row + 1) * 0.6180339887498949);
    disagrees.push(fraction((row + 1) * 0.41421356237309503) < slope * (1 - confidence));
    confidences[row] = levels > 0 ? Math.floor(confidence * levels) / levels : confidence;
  }
  return { confidences, disagrees };
}

const fivePercent = { riskMax: 0.05, delta: 0.05 };

describe('fitThreshold', () => {
  // Oracle: fixtures/threshold-oracle.py (a quadratic reading, tails in exact fractions).
  const certified = [
    {
      rows: rowsOf(600, 0.1, 0),
      policy: fivePercent,
      expected: { threshold: 0.3262379212492643, rows: 405, disagreements: 12, coverage: 0.675 },
    },
    {
      rows: rowsOf(600, 0.12, 20), // Ties: 20 different confidences.
      policy: fivePercent,
      expected: { threshold: 0.45, rows: 331, disagreements: 8, coverage: 331 / 600 },
    },
    {
      rows: rowsOf(5000, 0.1, 0),
      policy: { riskMax: 0.02, delta: 0.1 },
      expected: { threshold: 0.6901302795727133, rows: 1550, disagreements: 21, coverage: 0.31 },
    },
    {
      rows: rowsOf(5000, 0.02, 0), // Good enough for all: the walk ends at the last quantile.
      policy: fivePercent,
      expected: {
        threshold: 0.00010696331037252094,
        rows: 5000,
        disagreements: 50,
        coverage: 1,
      },
    },
  ];
  for (const { rows, policy, expected } of certified)
    it(`certifies ${expected.rows} of ${rows.disagrees.length} rows, as the oracle does`, () => {
      assert.deepEqual(fitThreshold({ ...rows, ...policy }), { kind: 'certified', ...expected });
    });

  it('certifies nothing when the surest rows fail, and says by how much', () => {
    const fit = fitThreshold({ ...rowsOf(600, 0.2, 0), ...fivePercent });

    const why =
      'The student disagrees with the teacher on 6 of the 180 surest rows; ' +
      'risk 5 % allows at most 3.';
    assert.deepEqual(fit, { kind: 'not-certified', why, isTested: true });
  });

  /** The surest row first; `isWrong` by rank. */
  const rankedRows = (count: number, isWrong: (rank: number) => boolean) => ({
    confidences: Float64Array.from({ length: count }, (_, rank) => 1 - rank / count),
    disagrees: Array.from({ length: count }, (_, rank) => isWrong(rank)),
  });

  it('does not start with so few rows that one unlucky row ends it', () => {
    // Three of the first 125 are wrong: too many there, where 2 may be, and few enough of 180.
    const rows = rankedRows(600, (rank) => rank < 120 && rank % 40 === 0);

    const fit = fitThreshold({ ...rows, ...fivePercent });

    assert.ok(fit.kind === 'certified');
    assert.equal(fit.rows, 600);
  });

  it('certifies a student that is of use for a tenth of its rows', () => {
    const rows = rankedRows(5000, (rank) => rank >= 500 && rank % 2 === 0);

    const fit = fitThreshold({ ...rows, ...fivePercent });

    assert.ok(fit.kind === 'certified');
    assert.ok(fit.rows >= 500 && fit.rows < 550, `${fit.rows}`);
  });

  it('names the number of disagreements that would just have passed', () => {
    const confidences = new Float64Array(1000).fill(0.5); // One tie: all rows or none.
    const withDisagreements = (count: number) =>
      fitThreshold({
        confidences,
        disagrees: Array.from({ length: 1000 }, (_, row) => row < count),
        riskMax: 0.005,
        delta: 0.5,
      });

    // Oracle: fixtures/threshold-oracle.py, P(Bin(999, 0.005) <= 4) = 0.4409, and above 0.5 for 5.
    assert.equal(withDisagreements(4).kind, 'certified');
    const why =
      'The student disagrees with the teacher on 5 of the 1000 surest rows; ' +
      'risk 0.5 % allows at most 4.';
    assert.deepEqual(withDisagreements(5), { kind: 'not-certified', why, isTested: true });
  });

  it('certifies no threshold of 0: rows out of scope have that, and count as not answered', () => {
    const { confidences, disagrees } = rowsOf(1_000, 0, 0);
    confidences.fill(0, 930); // A student without a mistake, and 70 rows unlike any that it knows.

    const fit = fitThreshold({ confidences, disagrees, ...fivePercent });

    assert.ok(fit.kind === 'certified');
    assert.ok(fit.threshold > 0);
    assert.deepEqual([fit.rows, fit.coverage], [930, 0.93]);
  });

  it('asks for the rows that are missing', () => {
    const whyOf = (count: number) => fitThreshold({ ...rowsOf(count, 0, 0), ...fivePercent });

    assert.equal(whyOf(125).kind, 'certified');
    assert.deepEqual(whyOf(124), {
      kind: 'not-certified',
      why: '1 more holdout row is needed: a test takes at least 125.',
      isTested: false,
    });
    assert.deepEqual(whyOf(0), {
      kind: 'not-certified',
      why: '125 more holdout rows are needed: a test takes at least 125.',
      isTested: false,
    });
  });

  it('says at once how many of a million rows may disagree', () => {
    const rows = 1_000_000;
    const question = {
      confidences: new Float64Array(rows).fill(0.5),
      disagrees: Array.from({ length: rows }, () => true),
      ...fivePercent,
    };

    const fit = fitThreshold(question);

    // Oracle (python3): the greatest k with P(Bin(999_999, 0.05) <= k) <= 0.05 is 49_641.
    assert.ok(fit.kind === 'not-certified');
    assert.ok(fit.why.endsWith('allows at most 49641.'), fit.why);
  });

  it('does not depend on the order of the rows', () => {
    const { confidences, disagrees } = rowsOf(600, 0.1, 20);
    const reversed = { confidences: confidences.toReversed(), disagrees: disagrees.toReversed() };

    const fit = fitThreshold({ ...reversed, ...fivePercent });

    assert.deepEqual(fit, fitThreshold({ confidences, disagrees, ...fivePercent }));
  });

  it('does not count the row that sets the threshold as a trial', () => {
    const kindOf = (rows: number) =>
      fitThreshold({
        confidences: new Float64Array(rows).fill(0.5),
        disagrees: Array.from({ length: rows }, (_, row) => row < 37),
        riskMax: 0.3,
        delta: 0.05,
      }).kind;

    // Oracle (python3, exact fractions): P(Bin(155, 0.3) <= 37) = 0.0551, Bin(156, 0.3): 0.0498.
    assert.deepEqual([kindOf(156), kindOf(157)], ['not-certified', 'certified']);
  });

  it('refuses rows and policies that cannot be', () => {
    const rows = rowsOf(200, 0.1, 0);
    const confidences = rows.confidences.with(3, Number.NaN);
    const bad = [
      { ...rows, ...fivePercent, disagrees: [true] },
      { ...rows, ...fivePercent, confidences },
      { ...rows, riskMax: 0, delta: 0.05 },
      { ...rows, riskMax: 0.05, delta: 1 },
    ];
    for (const question of bad) assert.throws(() => fitThreshold(question), RangeError);
  });
});

describe('a certificate', () => {
  interface World {
    readonly name: string;
    readonly levels: number;
    /** Chance of disagreement at a confidence. */
    readonly riskAt: (confidence: number) => number;
    /** Mean of it from a threshold up, confidences being uniform. */
    readonly riskFrom: (threshold: number) => number;
  }
  const worlds: readonly World[] = [
    {
      name: 'risk falls with confidence',
      levels: 0,
      riskAt: (c) => 0.3 * (1 - c),
      riskFrom: (t) => 0.15 * (1 - t), // Above 5 % below 2/3.
    },
    {
      name: 'risk is just too high everywhere',
      levels: 0,
      riskAt: () => 0.051,
      riskFrom: () => 0.051,
    },
    {
      name: 'confidences are tied',
      levels: 10,
      riskAt: (c) => 0.29 * (0.9 - c), // Mean from t: 0.145 (0.9 - t); 5.8 % from 0.5.
      riskFrom: (t) => 0.145 * (0.9 - t),
    },
    {
      name: 'the surest rows are the worst',
      levels: 0,
      riskAt: (c) => (c > 0.75 ? 0.056 : 0.04),
      riskFrom: (t) => (t > 0.75 ? 0.056 : (0.25 * 0.056 + (0.75 - t) * 0.04) / (1 - t)),
    },
  ];
  const streams = 400;
  const delta = 0.1;
  for (const { name, levels, riskAt, riskFrom } of worlds)
    it(`is wrong in at most 10 % of ${streams} streams when ${name}`, () => {
      const draw = seededDraw(7);
      let wrong = 0;
      for (let stream = 0; stream < streams; stream++) {
        const confidences = Float64Array.from({ length: 700 }, () => {
          const c = draw();
          return levels > 0 ? Math.floor(c * levels) / levels : c;
        });
        const disagrees = [...confidences].map((c) => draw() < riskAt(c));

        const fit = fitThreshold({ confidences, disagrees, riskMax: 0.05, delta });

        if (fit.kind === 'certified' && riskFrom(fit.threshold) > 0.05) wrong++;
      }
      const sdShare = Math.sqrt((delta * (1 - delta)) / streams);
      assert.ok(wrong / streams <= delta + 2 * sdShare, `${wrong} of ${streams} are wrong`);
    });
});
