import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { certifiableWords } from '../../src/replay/certifiable.js';

const target = { riskMax: 0.05, delta: 0.1 };

describe('what a stream can certify', () => {
  // The first fit spends 0.07 of delta. P(Bin(n, 0.05) <= 2) is above 0.07 at n = 114 and below it
  // at n = 115 (sums of binomial terms, Python fractions); the surest half passes: 230 rows, five
  // in six of 276, a quarter of 1 104.
  it('is said before the first row, where it is enough', () => {
    const words = certifiableWords(target, { inputs: 1104, holdoutRate: 0.25 });

    assert.equal(
      words,
      'to certify 5 % with 90 % certainty, it takes about 276 holdout rows, and 1104 different ' +
        'inputs',
    );
  });

  it('is a less strict target, where there are fewer inputs', () => {
    const words = certifiableWords(target, { inputs: 500, holdoutRate: 0.25 });

    // 104 rows certify, 52 of them are the surest half. With two disagreements in 52 the bound at
    // 0.07 is 0.1083 (bisection of the same sums): 11 %.
    assert.match(words, /^500 different inputs can not certify 5 % with 90 % certainty: it takes/);
    assert.match(words, /1104 different inputs. Replay more rows, or try --risk 0.11 or more.$/);
  });

  it('is nothing, where there are next to none', () => {
    assert.match(
      certifiableWords(target, { inputs: 40, holdoutRate: 0.25 }),
      /can not certify .* Replay more rows.$/,
    );
  });
});
