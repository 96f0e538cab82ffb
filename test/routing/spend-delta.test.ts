import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deltaForAttempt, nextAttemptAtRows, rowsMinFor } from '../../src/routing/spend-delta.js';

describe('deltaForAttempt', () => {
  it('gives most of delta to the first attempt and never more than delta to all', () => {
    let spent = 0;
    for (let attempt = 1; attempt <= 10_000; attempt++) spent += deltaForAttempt(0.1, attempt);

    assert.deepEqual(
      [1, 2, 3, 10].map((attempt) => Number(deltaForAttempt(0.1, attempt).toPrecision(10))),
      [0.07, 0.015, 0.005, 0.0003333333333],
    );
    assert.ok(spent < 0.1 && spent > 0.0999, `spent ${spent}`);
  });

  for (const attempt of [0, -1, 1.5, Number.NaN])
    it(`refuses attempt ${attempt}`, () => {
      assert.throws(() => deltaForAttempt(0.1, attempt), RangeError);
    });
});

describe('nextAttemptAtRows', () => {
  it('waits for a quarter more rows, at least 20', () => {
    assert.deepEqual(
      [0, 40, 80, 124, 1000, 1001].map(nextAttemptAtRows),
      [20, 60, 100, 155, 1250, 1252],
    );
  });

  it('reaches 20 000 rows from 124 in 23 attempts', () => {
    let attempts = 0;
    for (let rows = 124; rows < 20_000; rows = nextAttemptAtRows(rows)) attempts++;

    assert.equal(attempts, 23);
  });

  it('brings enough rows for the next share of delta, from the second on, up to delta 0.1', () => {
    for (const delta of [0.01, 0.05, 0.1])
      for (const riskMax of [0.005, 0.01, 0.02, 0.05, 0.1]) {
        let rows = rowsMinFor(riskMax, deltaForAttempt(delta, 2));
        for (let attempt = 3; attempt <= 12; attempt++) {
          rows = nextAttemptAtRows(rows);
          const rowsMin = rowsMinFor(riskMax, deltaForAttempt(delta, attempt));
          assert.ok(rows >= rowsMin, `attempt ${attempt}: ${rows} rows, needs ${rowsMin}`);
        }
      }
  });
});

describe('rowsMinFor', () => {
  // Oracle: scipy.stats.binom.cdf(2, n, riskMax), smallest n by counting up.
  const oracle = [
    [0.05, 0.05, 124],
    [0.05, 0.025, 142],
    [0.05, 0.1, 105],
    [0.01, 0.05, 628],
    [0.01, 0.25, 392],
    [0.1, 0.05, 61],
    [0.9, 0.5, 3],
  ] as const;
  for (const [riskMax, delta, expected] of oracle)
    it(`is ${expected} at risk ${riskMax} and delta ${delta}`, () => {
      assert.equal(rowsMinFor(riskMax, delta), expected);
    });

  it('refuses shares outside (0, 1)', () => {
    assert.throws(() => rowsMinFor(0, 0.1), RangeError);
    assert.throws(() => rowsMinFor(1, 0.1), RangeError);
    assert.throws(() => rowsMinFor(0.1, Number.NaN), RangeError);
  });
});
