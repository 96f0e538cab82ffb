import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rowLoss } from '../../src/distillation/row-loss.js';
import { assertNearAll } from '../support/assert-near-all.js';
import { readFixture } from '../support/read-fixture.js';

/** fixtures/distillation-loss-oracle.py: 3 rows of 4 classes. */
const oracle = readFixture('distillation/fixtures/distillation-loss.json') as {
  readonly student: readonly number[];
  readonly hard: readonly number[];
  readonly weights: readonly number[];
  readonly cases: readonly {
    readonly alpha: number;
    readonly temperature: number;
    readonly soft: readonly number[];
    readonly entropyTerm: number;
    readonly loss: number;
    readonly gradient: readonly number[];
  }[];
};
const rows = [0, 1, 2];
const rowOf = (numbers: readonly number[], row: number): Float32Array =>
  Float32Array.from(numbers.slice(4 * row, 4 * row + 4));

describe('the loss of one row', () => {
  for (const { alpha, temperature, soft, entropyTerm, ...expected } of oracle.cases) {
    it(`is that of the graph's definition at alpha ${alpha}, T ${temperature}`, () => {
      const gradient = new Float64Array(4);
      let loss = 0;
      for (const row of rows) {
        const logits = Float64Array.from(oracle.student.slice(4 * row, 4 * row + 4));
        const targets = { soft: rowOf(soft, row), hard: rowOf(oracle.hard, row) };
        const weight = oracle.weights[row]!;
        loss += weight * rowLoss(logits, { ...targets, alpha, temperature }, gradient);
        const weighted = gradient.map((slope) => weight * slope);
        assertNearAll(weighted, expected.gradient.slice(4 * row, 4 * row + 4), 2e-6);
      }

      assertNearAll([loss], [expected.loss + entropyTerm], 2e-6);
    });
  }

  it('of a label alone is its smoothed cross-entropy at temperature 1', () => {
    const gradient = new Float64Array(2);
    const hard = Float32Array.of(9, 1); // [0.9, 0.1] / (1 - alpha)
    const targets = { soft: null, hard, alpha: 0.9, temperature: 4 };

    const loss = rowLoss(Float64Array.of(Math.log(3), 0), targets, gradient);

    // Softmax is [3/4, 1/4].
    assertNearAll([loss], [-0.9 * Math.log(0.75) - 0.1 * Math.log(0.25)], 1e-6);
    assertNearAll(gradient, [0.75 - 0.9, 0.25 - 0.1], 1e-6);
  });

  it('stays finite for logits far apart', () => {
    const hard = Float32Array.of(1, 0);

    const loss = rowLoss(Float64Array.of(-1000, 1000), {
      ...{ soft: null, hard },
      ...{ alpha: 0, temperature: 1 },
    });

    assert.equal(loss, 2000);
  });
});
