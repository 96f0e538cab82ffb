import { describe, it } from 'node:test';
import * as op from '../../../src/onnx/operators.js';
import { assertGradients } from '../../support/assert-gradients.js';

/** Shapes that broadcast: each way, both at once, a scalar, a missing axis. */
const pairs: readonly { readonly x: readonly number[]; readonly y: readonly number[] }[] = [
  { x: [2, 3], y: [2, 3] },
  { x: [2, 3], y: [3] },
  { x: [3], y: [2, 3] },
  { x: [2, 3], y: [2, 1] },
  { x: [2, 1], y: [2, 3] },
  { x: [2, 1], y: [1, 3] },
  { x: [2, 3], y: [] },
  { x: [], y: [2, 3] },
  { x: [2, 3, 2, 2], y: [3, 1, 1] },
  { x: [1], y: [1] },
];
const binary = { add: op.add, sub: op.sub, mul: op.mul, div: op.div };

describe('the gradient of an elementwise operator equals finite differences', () => {
  for (const [name, apply] of Object.entries(binary)) {
    for (const { x, y } of pairs) {
      it(`${name} of [${x.join()}] and [${y.join()}]`, () =>
        assertGradients({
          shapes: { x, y },
          values: 'positive',
          build: (graph, inputs) => apply(graph, inputs['x']!, inputs['y']!),
        }));
    }
  }

  const unary = { neg: op.neg, exp: op.exp, log: op.log, sqrt: op.sqrt };
  for (const [name, apply] of Object.entries(unary)) {
    it(`${name} of [2,3]`, () =>
      assertGradients({
        shapes: { x: [2, 3] },
        values: 'positive',
        build: (graph, { x }) => apply(graph, x!),
      }));
  }

  it('relu on both sides of 0', () =>
    assertGradients({
      shapes: { x: [4, 3] },
      values: 'apart',
      build: (graph, { x }) => op.relu(graph, x!),
    }));

  for (const shape of [[4], [3, 4], [2, 3, 4]]) {
    it(`logSoftmax of [${shape.join()}], over the last axis`, () =>
      assertGradients({
        shapes: { x: shape },
        build: (graph, { x }) => op.logSoftmax(graph, x!),
      }));
  }
});
