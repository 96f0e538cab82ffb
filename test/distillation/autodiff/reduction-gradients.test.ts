import { describe, it } from 'node:test';
import type { Attribute } from '../../../src/onnx/graph.js';
import * as op from '../../../src/onnx/operators.js';
import { assertGradients } from '../../support/assert-gradients.js';

describe('the gradient of a reduction equals finite differences', () => {
  for (const [name, reduce] of Object.entries({ sum: op.reduceSum, mean: op.reduceMean })) {
    for (const axes of [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]]) {
      for (const keepDims of [false, true]) {
        it(`${name} over ${axes.join(' and ')}, ${keepDims ? 'axes kept' : 'axes gone'}`, () =>
          assertGradients({
            shapes: { x: [2, 3, 4] },
            // Squared, so that the gradient differs from place to place.
            build: (graph, { x }) => {
              const reduced = reduce(graph, op.mul(graph, x!, x!), axes, { keepDims });
              return op.mul(graph, reduced, reduced);
            },
          }));
      }
    }
  }

  it('sum and mean over axes counted from the end, and over all that are not named', () =>
    assertGradients({
      shapes: { x: [2, 3, 4] },
      build: (graph, { x }) => {
        const axes = op.int64s(graph, [-1, 0]);
        const sum = graph.apply('ReduceSum', [x!, axes], [1, 3, 1]); // Axes are kept by default.
        const mean = graph.apply('ReduceMean', [op.mul(graph, x!, x!)], [1, 1, 1]);
        return op.mul(graph, sum, mean);
      },
    }));

  for (const { axes, shape, keepdims } of [
    { axes: [1], shape: [3, 1], keepdims: 1 },
    { axes: [-2], shape: [4], keepdims: 0 },
    { axes: [0, 1], shape: [], keepdims: 0 },
  ]) {
    it(`the greatest over ${axes.join(' and ')}`, () =>
      assertGradients({
        shapes: { x: [3, 4] },
        values: 'apart',
        build: (graph, { x }) => {
          const inputs = [x!, op.int64s(graph, axes)];
          return graph.apply('ReduceMax', inputs, shape, { keepdims: { int: keepdims } });
        },
      }));
  }

  it('the mean over an image', () =>
    assertGradients({
      shapes: { x: [2, 3, 2, 4] },
      build: (graph, { x }) => {
        const square = op.mul(graph, x!, x!);
        return graph.apply('GlobalAveragePool', [square], [2, 3, 1, 1]);
      },
    }));
});

describe('the gradient of a normalisation equals finite differences', () => {
  for (const name of ['Softmax', 'LogSoftmax']) {
    for (const axis of [undefined, -1, 2, 1, -3]) {
      it(`${name} over axis ${axis ?? '(by default)'}`, () => {
        const attributes: Record<string, Attribute> =
          axis === undefined ? {} : { axis: { int: axis } };
        return assertGradients({
          shapes: { x: [2, 3, 4] },
          build: (graph, { x }) => graph.apply(name, [x!], x!.shape, attributes),
        });
      });
    }
  }

  for (const { axis, scale } of [
    { axis: 2, scale: [4] },
    { axis: 1, scale: [3, 4] },
    { axis: 1, scale: [4] },
    { axis: 0, scale: [2, 3, 4] },
  ]) {
    it(`LayerNormalization from axis ${axis} on, its scale [${scale.join()}]`, () =>
      assertGradients({
        shapes: { x: [2, 3, 4], scale, bias: scale },
        build: (graph, { x, scale: factor, bias }) =>
          op.layerNormalization(graph, [x!, factor!, bias!], { axis, epsilon: 0.01 })[0]!,
      }));
  }
});
