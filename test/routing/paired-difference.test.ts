import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pairedDifference } from '../../src/routing/paired-difference.js';

/** So many rows that both have right, the own one alone, the other one alone, and neither. */
function outcomes(counts: readonly [number, number, number, number]) {
  const [both, gained, lost, neither] = counts;
  const row = (count: number, own: boolean, other: boolean) =>
    Array.from({ length: count }, () => [own, other] as const);
  const rows = [
    ...row(both, true, true),
    ...row(gained, true, false),
    ...row(lost, false, true),
    ...row(neither, false, false),
  ];
  return { ownIsRight: rows.map(([own]) => own), otherIsRight: rows.map(([, other]) => other) };
}

describe('the paired difference of two models', () => {
  it('counts the rows that tell them apart', () => {
    const found = pairedDifference(outcomes([5, 3, 1, 1]), 0.1);

    assert.deepEqual([found.rows, found.gained, found.lost], [10, 3, 1]);
    assert.equal(found.difference, 0.2);
  });

  it('has the p of the exact McNemar test, two-sided', () => {
    const pOf = (gained: number, lost: number): number =>
      pairedDifference(outcomes([50, gained, lost, 5]), 0.05).p;

    // 9 against 2: 2 (1 + 11 + 55) / 2^11 by hand.
    assert.ok(Math.abs(pOf(9, 2) - 134 / 2048) < 1e-12);
    assert.equal(pOf(9, 2), pOf(2, 9));
    assert.equal(pOf(4, 4), 1);
    assert.equal(pOf(0, 0), 1);
    // Of 86 and 150 (Agresti 2002, table 10.1), summed with Python's fractions.
    assert.ok(Math.abs(pOf(150, 86) / 3.715936139571e-5 - 1) < 1e-8);
  });

  it('has the score interval that a search without its closed form finds', () => {
    // fixtures/paired-difference-oracle.py prints these, at 95 %.
    for (const [counts, low, high] of [
      [[43, 0, 1, 0], -0.1181, 0.0594],
      [[36, 12, 2, 0], 0.0611, 0.3447],
      [[100, 41, 24, 235], 0.0031, 0.0831],
    ] as const) {
      const found = pairedDifference(outcomes(counts), 0.05);

      assert.ok(Math.abs(found.low - low) < 1e-4, `${found.low} is not ${low}`);
      assert.ok(Math.abs(found.high - high) < 1e-4, `${found.high} is not ${high}`);
    }
  });

  it('keeps its level on average over what the truth may be', () => {
    const rows = 20;
    const covered: number[] = [];
    for (const gained of [0.02, 0.05, 0.1, 0.2])
      for (const lost of [0.02, 0.05, 0.1, 0.2]) covered.push(coverageAt(rows, gained, lost));

    const mean = covered.reduce((sum, share) => sum + share, 0) / covered.length;
    assert.ok(mean > 0.9 && mean < 0.97, `mean coverage ${mean}`);
    assert.ok(Math.min(...covered) > 0.86, `least coverage ${Math.min(...covered)}`);
  });

  it('says what little a few rows say', () => {
    const none = pairedDifference(outcomes([0, 0, 0, 0]), 0.1);
    const same = pairedDifference(outcomes([30, 0, 0, 0]), 0.1);

    assert.deepEqual([none.difference, none.low, none.high], [0, -1, 1]);
    assert.equal(same.difference, 0);
    assert.ok(same.low < -0.05 && same.high > 0.05 && same.high < 0.15);
    assert.deepEqual(pairedDifference(outcomes([0, 3, 0, 0]), 0.1).high, 1);
    assert.throws(
      () => pairedDifference({ ownIsRight: [true], otherIsRight: [] }, 0.1),
      RangeError,
    );
  });
});

/** Chance that a 90 % interval holds the difference, over all that `rows` rows may show. */
function coverageAt(rows: number, gainedShare: number, lostShare: number): number {
  const truth = gainedShare - lostShare;
  let covered = 0;
  for (let gained = 0; gained <= rows; gained++)
    for (let lost = 0; gained + lost <= rows; lost++) {
      const rest = rows - gained - lost;
      const { low, high } = pairedDifference(outcomes([rest, gained, lost, 0]), 0.1);
      if (low > truth || high < truth) continue;
      covered += Math.exp(
        logFactorial(rows) -
          logFactorial(gained) -
          logFactorial(lost) -
          logFactorial(rest) +
          gained * Math.log(gainedShare) +
          lost * Math.log(lostShare) +
          rest * Math.log(1 - gainedShare - lostShare),
      );
    }
  return covered;
}

const logFactorial = (n: number): number => {
  let sum = 0;
  for (let k = 2; k <= n; k++) sum += Math.log(k);
  return sum;
};
