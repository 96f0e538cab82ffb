import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { classWeightsOf } from '../../../src/distillation/row-weighting.js';
import { compareLosses, judge } from '../../../src/distillation/search/judge.js';
import { assertNearAll } from '../../support/assert-near-all.js';

const logits = (...probabilities: number[]): Float32Array =>
  Float32Array.from(probabilities, Math.log);

describe('judging a student', () => {
  it('takes the squared error of its probabilities, and how often its label is right', () => {
    // Fewer rows than a temperature is fitted on.
    const { losses, loss, agreement } = judge([logits(0.7, 0.3), logits(0.6, 0.4)], [0, 1]);

    assertNearAll(losses, [2 * 0.3 ** 2, 2 * 0.6 ** 2], 1e-6);
    assertNearAll([loss, agreement], [0.45, 0.5], 1e-6);
  });

  it('gives each class the same part in the balanced agreement', () => {
    const right = logits(0.9, 0.1);

    const { agreement, balancedAgreement } = judge([right, right, right, right], [0, 0, 0, 1]);

    assert.equal(agreement, 0.75);
    assert.equal(balancedAgreement, 0.5);
  });

  it('judges logits of any scale alike', () => {
    const rows = Array.from({ length: 100 }, (_, row) => Float32Array.of(row % 7, 3, row % 5));
    const labels = rows.map((_, row) => [0, 1, 2, 0, 2][row % 5]!);

    const own = judge(rows, labels);
    const scaled = judge(
      rows.map((row) => row.map((logit) => 3 * logit)),
      labels,
    );

    assertNearAll(scaled.losses, own.losses, 1e-4);
  });
});

describe('comparing two students', () => {
  const verdict = (...losses: number[]) => ({
    ...{ losses: Float64Array.from(losses), loss: 0, agreement: 0, balancedAgreement: 0 },
  });

  it('gives the mean gain of a row, and its standard error', () => {
    const { gain, error } = compareLosses(verdict(0, 1, 0, 0), verdict(1, 1, 0, 2));

    // Differences 1, 0, 0, 2: mean 0.75, variance (0.0625 + 2 * 0.5625 + 1.5625) / 3.
    assertNearAll([gain, error], [0.75, Math.sqrt(2.75 / 3 / 4)], 1e-12);
  });

  it('weighs rows where it is told to', () => {
    const { gain } = compareLosses(verdict(0, 0), verdict(1, 0), [0.5, 1.5]);

    assert.equal(gain, 0.25);
  });

  it('weighs all classes alike by their rows', () => {
    assertNearAll(classWeightsOf([0, 0, 0, 1]), [4 / 6, 4 / 6, 4 / 6, 2], 1e-12);
  });
});
