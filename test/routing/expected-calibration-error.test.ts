import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { expectedCalibrationError } from '../../src/routing/expected-calibration-error.js';
import { seededDraw } from '../support/seeded-draw.js';

const fraction = (value: number): number => value - Math.floor(value);

/** The rows of fixtures/scores-oracle.py: right three times in four, however sure. */
function rowsOf(count: number, levels: number) {
  const confidences = Float64Array.from({ length: count }, (_, row) => {
    const confidence = fraction((row + 1) * 0.6180339887498949) ** 0.25;
    return levels > 0 ? Math.floor(confidence * levels) / levels : confidence;
  });
  const disagrees = Array.from(
    { length: count },
    (_, row) => !(fraction((row + 1) * 0.41421356237309503) < 0.75),
  );
  return { confidences, disagrees };
}
const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual}, expected ${expected}`);

describe('expectedCalibrationError', () => {
  // Oracle: fixtures/scores-oracle.py (each row put into its bin), of 15 and 10 bins.
  const oracle = [
    {
      ...{ count: 500, levels: 0 },
      width: [0.14141717588772246, 0.13828862537174963],
      mass: [0.14024836942543195, 0.14267640238996732],
    },
    { count: 500, levels: 8, width: [0.119, 0.119], mass: [0.119, 0.119] },
    {
      ...{ count: 7, levels: 0 },
      width: [0.33007727217823624, 0.33007727217823624],
      mass: [0.33007727217823624, 0.33007727217823624],
    },
  ];
  for (const { count, levels, width, mass } of oracle)
    it(`gives the oracle's errors for ${count} rows of ${levels || 'any'} levels`, () => {
      const rows = rowsOf(count, levels);

      [15, 10].forEach((bins, index) => {
        near(expectedCalibrationError(rows, { kind: 'equal-width', bins }), width[index]!);
        near(expectedCalibrationError(rows, { kind: 'equal-mass', bins }), mass[index]!);
      });
      near(expectedCalibrationError(rows, { kind: 'equal-width' }), width[0]!);
    });

  it('is near 0 for calibrated rows and near 0.2 for rows that are 0.2 too sure', () => {
    const draw = seededDraw(4);
    const confidences = Float64Array.from({ length: 20_000 }, () => 0.5 + draw() / 2);
    for (const kind of ['equal-width', 'equal-mass'] as const) {
      const errorOf = (surplus: number): number =>
        expectedCalibrationError(
          {
            confidences,
            disagrees: Array.from(confidences, (confidence) => draw() >= confidence - surplus),
          },
          { kind },
        );
      assert.ok(errorOf(0) < 0.015);
      assert.ok(Math.abs(errorOf(0.2) - 0.2) < 0.015);
    }
  });

  it('does not depend on the order of the rows', () => {
    const { confidences, disagrees } = rowsOf(500, 8);
    const reversed = { confidences: confidences.toReversed(), disagrees: disagrees.toReversed() };
    for (const kind of ['equal-width', 'equal-mass'] as const)
      near(
        expectedCalibrationError(reversed, { kind }),
        expectedCalibrationError({ confidences, disagrees }, { kind }),
      );
  });

  it('is exact at the ends: certain and right, certain and wrong, sure of nothing', () => {
    const of = (confidence: number, wrong: boolean): number =>
      expectedCalibrationError(
        { confidences: Float64Array.of(confidence), disagrees: [wrong] },
        { kind: 'equal-width' },
      );

    assert.deepEqual([of(1, false), of(1, true), of(0, true), of(0, false)], [0, 1, 0, 1]);
  });

  it('puts the upper edge of a bin into it, as Guo et al. do', () => {
    const rows = { confidences: Float64Array.of(0.5, 0.4), disagrees: [false, true] };

    // One bin: |0.5 - 0.4| / 2; with an edge between them: (0.5 + 0.4) / 2.
    near(expectedCalibrationError(rows, { kind: 'equal-width', bins: 2 }), 0.05);
  });

  it('refuses what has no answer', () => {
    const rows = rowsOf(7, 0);
    const none = { confidences: new Float64Array(0), disagrees: [] };
    const tooSure = { ...rows, confidences: rows.confidences.with(2, 1.01) };
    const kind = 'equal-mass';
    assert.throws(() => expectedCalibrationError(none, { kind }), RangeError);
    assert.throws(() => expectedCalibrationError(tooSure, { kind }), RangeError);
    for (const bins of [0, 1.5, Number.NaN])
      assert.throws(() => expectedCalibrationError(rows, { kind, bins }), RangeError);
  });
});
