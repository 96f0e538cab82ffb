import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { reliabilityOf } from '../../src/routing/reliability.js';

describe('the reliability of confidences', () => {
  it('tells agreement, mean and rows of each bin that holds a row', () => {
    const rows = {
      confidences: Float64Array.of(0.95, 1, 0.97, 0.61, 0.65, 0.03),
      disagrees: [false, false, true, true, false, true],
    };

    const { bins, error } = reliabilityOf(rows, 0.1);

    assert.deepEqual(
      bins.map(({ from, to, agreement }) => [from, to, agreement.rows, agreement.estimate]),
      [
        [0, 1 / 15, 1, 0],
        [9 / 15, 10 / 15, 2, 0.5],
        [14 / 15, 1, 3, 2 / 3],
      ],
    );
    const means = bins.map(({ confidence }) => Number(confidence.toFixed(6)));
    assert.deepEqual(means, [0.03, 0.63, 0.973333]);
    // By hand: (1 |0 - 0.03| + 2 |0.5 - 0.63| + 3 |2/3 - 0.97333|) / 6
    assert.ok(Math.abs(error.equalWidth - (0.03 + 0.26 + 0.92) / 6) < 1e-12);
  });

  it('gives the exact interval of each bin', () => {
    const rows = { confidences: Float64Array.of(0.5, 0.5), disagrees: [false, false] };

    const { agreement } = reliabilityOf(rows, 0.1).bins[0]!;

    // Two of two: the lower bound p has p^2 = 0.05.
    assert.ok(Math.abs(agreement.low - Math.sqrt(0.05)) < 1e-9);
    assert.equal(agreement.high, 1);
  });

  it('is refused without rows', () => {
    const none = { confidences: new Float64Array(), disagrees: [] };

    assert.throws(() => reliabilityOf(none, 0.1), RangeError);
  });
});
