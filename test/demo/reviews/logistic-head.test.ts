import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  fitLogisticHead,
  positiveShare,
  type HeadRow,
} from '../../../src/demo/reviews/logistic-head.js';

/** Of length 1 each. */
const rows: readonly HeadRow[] = [
  { vector: Float32Array.of(0.6, 0.8), label: 1 },
  { vector: Float32Array.of(1, 0), label: 1 },
  { vector: Float32Array.of(0, -1), label: 0 },
  { vector: Float32Array.of(-0.8, 0.6), label: 0 },
  { vector: Float32Array.of(-0.6, -0.8), label: 0 },
  { vector: Float32Array.of(0.8, -0.6), label: 0 },
  { vector: Float32Array.of(0.28, 0.96), label: 1 },
];

describe('the logistic head', () => {
  it('has the weights of least loss', () => {
    const { weights, bias } = fitLogisticHead(rows, 0.5);

    // Python, 50 steps of Newton's method in float64 on the same rows.
    assert.ok(Math.abs(weights[0]! - 1.1827395) < 1e-6, `got ${weights[0]!}`);
    assert.ok(Math.abs(weights[1]! - 1.3515573) < 1e-6, `got ${weights[1]!}`);
    assert.ok(Math.abs(bias - -0.6509852) < 1e-6, `got ${bias}`);
  });

  it('gives the probability of class 1', () => {
    const head = fitLogisticHead(rows, 0.5);

    const share = positiveShare(head, rows[0]!.vector);

    assert.ok(Math.abs(share - 0.757662) < 1e-6, `got ${share}`);
  });
});
