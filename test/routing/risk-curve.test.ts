import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { riskCurve } from '../../src/routing/risk-curve.js';

describe('risk over coverage', () => {
  it('counts the rows that are answered at each threshold, surest first', () => {
    const rows = {
      confidences: Float64Array.of(0.4, 0.9, 0.8, 0.8, 0.1),
      disagrees: [true, false, true, false, true],
    };

    const points = riskCurve(rows, 0.1);

    assert.deepEqual(
      points.map(({ threshold, coverage, risk }) => [threshold, coverage, risk.estimate]),
      [
        [0.9, 1 / 5, 0],
        [0.8, 3 / 5, 1 / 3], // Ties stay together.
        [0.4, 4 / 5, 2 / 4],
        [0.1, 1, 3 / 5],
      ],
    );
  });

  it('has at most 50 points, and none without rows', () => {
    const confidences = Float64Array.from({ length: 1000 }, (_, row) => row / 1000);
    const disagrees = [...confidences].map((confidence) => confidence < 0.3);

    assert.equal(riskCurve({ confidences, disagrees }, 0.1).length, 50);
    assert.deepEqual(riskCurve({ confidences: new Float64Array(), disagrees: [] }, 0.1), []);
  });
});
