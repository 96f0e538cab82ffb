import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compareCoverage, coverageAtRisk } from '../../src/routing/coverage-comparison.js';
import { seededDraw } from '../support/seeded-draw.js';

/** One entry a row: how sure the student was, and 1 where it was wrong. */
interface Rows {
  readonly sure: readonly number[];
  readonly wrong: readonly number[];
}

const rated = ({ sure, wrong }: Rows) => ({
  confidences: Float64Array.from(sure),
  disagrees: wrong.map((isWrong) => isWrong === 1),
});

function randomRows(count: number, risk: number, draw: () => number): Rows {
  const sure = Array.from({ length: count }, draw);
  return { sure, wrong: sure.map(() => Number(draw() < risk)) };
}

/** Draws that make every resample of `count` rows once, in `count ** count` rounds. */
function everyResample(count: number): () => number {
  let drawn = 0;
  return () => {
    const round = Math.floor(drawn / count);
    const row = Math.floor(round / count ** (drawn % count)) % count;
    drawn++;
    return (row + 0.5) / count;
  };
}

describe('coverageAtRisk', () => {
  const table: readonly {
    name: string;
    rows: Rows;
    riskMax: number;
    expected: number;
  }[] = [
    { name: 'no rows', rows: { sure: [], wrong: [] }, riskMax: 0.1, expected: 0 },
    {
      name: 'all agree',
      rows: { sure: [0.9, 0.2], wrong: [0, 0] },
      riskMax: 0,
      expected: 1,
    },
    {
      name: 'the surest disagrees',
      rows: { sure: [0.9, 0.2], wrong: [1, 0] },
      riskMax: 0.1,
      expected: 0,
    },
    {
      name: 'a later cut makes up for an early one',
      rows: { sure: [0.9, 0.8, 0.7, 0.6, 0.5], wrong: [1, 0, 0, 0, 1] },
      riskMax: 0.25,
      expected: 0.8,
    },
    {
      name: 'a tie is taken whole or not at all',
      rows: { sure: [0.9, 0.8, 0.8, 0.7], wrong: [0, 0, 1, 1] },
      riskMax: 0.1,
      expected: 0.25,
    },
    {
      name: 'the risk is met exactly, though 0.29 * 100 < 29 in floats',
      rows: {
        sure: new Array<number>(100).fill(0.5),
        wrong: Array.from({ length: 100 }, (_, row) => Number(row < 29)),
      },
      riskMax: 0.29,
      expected: 1,
    },
  ];
  for (const { name, rows, riskMax, expected } of table)
    it(`is ${expected} when ${name}`, () => {
      assert.equal(coverageAtRisk(rated(rows), riskMax), expected);
    });

  it('never falls when more risk is allowed', () => {
    const draw = seededDraw(8);
    const rows = randomRows(300, 0.2, draw);

    const shares = [0, 0.02, 0.05, 0.1, 0.2, 0.5, 1].map((risk) =>
      coverageAtRisk(rated(rows), risk),
    );

    assert.deepEqual(
      shares,
      shares.toSorted((a, b) => a - b),
    );
    assert.equal(shares.at(-1), 1);
  });
});

describe('compareCoverage', () => {
  // Oracle: fixtures/coverage-oracle.py (all resamples instead of random ones).
  const oracle: readonly {
    candidate: Rows;
    incumbent: Rows;
    riskMax: number;
    notLower: number;
    coverages: readonly [candidate: number, incumbent: number];
  }[] = [
    {
      candidate: { sure: [0.9, 0.8, 0.7], wrong: [0, 1, 0] },
      incumbent: { sure: [0.6, 0.9, 0.7], wrong: [1, 0, 0] },
      riskMax: 0.4,
      notLower: 20,
      coverages: [1, 1],
    },
    {
      candidate: { sure: [0.9, 0.9, 0.5, 0.4], wrong: [0, 1, 0, 0] },
      incumbent: { sure: [0.8, 0.7, 0.6, 0.6], wrong: [0, 0, 0, 1] },
      riskMax: 0.25,
      notLower: 189,
      coverages: [1, 1],
    },
    {
      candidate: { sure: [0.9, 0.8, 0.7], wrong: [1, 1, 0] },
      incumbent: { sure: [0.6, 0.9, 0.7], wrong: [0, 0, 0] },
      riskMax: 0.05,
      notLower: 1,
      coverages: [0, 1],
    },
  ];
  for (const { candidate, incumbent, riskMax, notLower, coverages } of oracle) {
    const rounds = candidate.sure.length ** candidate.sure.length;
    it(`finds the candidate not lower in ${notLower} of all ${rounds} resamples`, () => {
      const draw = everyResample(candidate.sure.length);

      const comparison = compareCoverage(rated(candidate), rated(incumbent), {
        riskMax,
        rounds,
        draw,
      });

      assert.deepEqual(comparison, {
        probabilityNotLower: notLower / rounds,
        candidateCoverage: coverages[0],
        incumbentCoverage: coverages[1],
      });
    });
  }

  it('is never lower than itself, and pairs rows so that this needs no luck', () => {
    const draw = seededDraw(9);
    const rows = rated(randomRows(200, 0.2, draw));

    const { probabilityNotLower } = compareCoverage(rows, rows, { riskMax: 0.1, rounds: 50, draw });

    assert.equal(probabilityNotLower, 1);
  });

  it('has nothing against a candidate without rows', () => {
    const none = rated({ sure: [], wrong: [] });

    const comparison = compareCoverage(none, none, { riskMax: 0.1, rounds: 5, draw: () => 0 });

    assert.deepEqual(comparison, {
      probabilityNotLower: 1,
      candidateCoverage: 0,
      incumbentCoverage: 0,
    });
  });

  it('takes 10 000 rows and 1000 rounds within a few seconds', () => {
    const draw = seededDraw(10);
    const rowsOf = () => rated(randomRows(10_000, 0.05, draw));
    const startedMs = performance.now();

    compareCoverage(rowsOf(), rowsOf(), { riskMax: 0.05, rounds: 1000, draw });

    const elapsedMs = performance.now() - startedMs;
    assert.ok(elapsedMs < 10_000, `took ${elapsedMs} ms`); // About 700 ms on one idle core.
  });

  it('refuses models that saw different rows', () => {
    const [one, two] = [
      rated({ sure: [0.5], wrong: [0] }),
      rated({ sure: [0.5, 0.4], wrong: [0, 0] }),
    ];
    const options = { riskMax: 0.1, rounds: 5, draw: () => 0 };

    assert.throws(() => compareCoverage(one, two, options), RangeError);
  });
});
