import { describe, it } from 'node:test';
import * as op from '../../../src/onnx/operators.js';
import { assertGradients } from '../../support/assert-gradients.js';

describe('the gradient of a convolution equals finite differences', () => {
  const cases: readonly {
    readonly name: string;
    readonly x: readonly number[];
    readonly weight: readonly number[];
    readonly padding: number;
  }[] = [
    { name: 'one channel, no padding', x: [1, 1, 4, 4], weight: [1, 1, 3, 3], padding: 0 },
    { name: 'several rows and channels', x: [2, 3, 4, 4], weight: [2, 3, 3, 3], padding: 0 },
    { name: 'padding 1', x: [2, 2, 4, 4], weight: [3, 2, 3, 3], padding: 1 },
    { name: 'a wide image', x: [2, 2, 3, 5], weight: [2, 2, 3, 3], padding: 1 },
    { name: 'a tall image, no padding', x: [1, 2, 6, 3], weight: [2, 2, 3, 3], padding: 0 },
    { name: 'a kernel that is no square', x: [2, 2, 4, 5], weight: [2, 2, 2, 3], padding: 0 },
    { name: 'a kernel of one pixel', x: [2, 3, 2, 2], weight: [2, 3, 1, 1], padding: 0 },
  ];
  for (const { name, x, weight, padding } of cases) {
    it(name, () =>
      assertGradients({
        shapes: { x, weight },
        build: (graph, inputs) => op.conv(graph, inputs['x']!, inputs['weight']!, padding),
      }),
    );
  }
});

describe('the gradient of pooling goes to the maxima alone', () => {
  for (const { name, shape, size } of [
    { name: 'even sizes', shape: [2, 2, 4, 4], size: 2 },
    { name: 'odd sizes, whose last row and column are dropped', shape: [2, 2, 5, 3], size: 2 },
    { name: 'windows of three', shape: [1, 2, 7, 6], size: 3 },
  ]) {
    it(name, () =>
      assertGradients({
        shapes: { x: shape },
        values: 'apart',
        build: (graph, { x }) => op.maxPool(graph, x!, size),
      }),
    );
  }

  it('through a convolution, a bias, a rectifier and a pool, as in a teacher', () =>
    assertGradients({
      shapes: { x: [2, 2, 5, 4], weight: [3, 2, 3, 3], bias: [3, 1, 1] },
      build: (graph, { x, weight, bias }) => {
        const slid = op.add(graph, op.conv(graph, x!, weight!, 1), bias!);
        // Far from 0 on one side: a kink inside a step would spoil the differences, not the rule.
        const shifted = op.add(graph, slid, op.scalar(graph, 4));
        return op.maxPool(graph, op.relu(graph, shifted), 2);
      },
    }));
});
