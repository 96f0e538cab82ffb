import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cautiousThreshold } from '../../src/serving/cautious-threshold.js';
import { createEvidence } from '../support/holdout-evidence.js';

const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const certified = { threshold: 0.5, riskMax: 0.1, delta: 0.1 };

describe('a cautious threshold', () => {
  it('is the one that half the risk allows', () => {
    const row = createEvidence('half');
    // 400 rows at 0.9 that agree, and 200 at 0.6 of which one in seven does not: all together
    // differ in under 5 %, but are no proof of it.
    const rows = [
      ...many(400, () => row({ confidence: 0.9 })),
      ...many(200, (index) => row({ confidence: 0.6, disagrees: index % 7 === 0 })),
    ];
    assert.equal(cautiousThreshold(rows, certified), 0.9);
  });

  it('is the certified one where that does', () => {
    const row = createEvidence('none');
    const rows = many(300, (index) => row({ confidence: 0.5 + index / 1_000 }));
    assert.equal(cautiousThreshold(rows, certified), 0.5);
  });

  it('is that of the surer half where nothing can be proven for so little', () => {
    const row = createEvidence('few');
    const rows = [
      ...many(20, () => row({ confidence: 0.4 })),
      ...many(40, (index) => row({ confidence: 0.5 + index / 100 })),
    ];
    assert.equal(cautiousThreshold(rows, certified), 0.7);
  });
});
