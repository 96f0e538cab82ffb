import { describe, it } from 'node:test';
import * as op from '../../../src/onnx/operators.js';
import { assertGradients } from '../../support/assert-gradients.js';

describe('the gradient of a matrix product equals finite differences', () => {
  for (const transA of [false, true]) {
    for (const transB of [false, true]) {
      it(`x${transA ? ' transposed' : ''} by y${transB ? ' transposed' : ''}`, () =>
        assertGradients({
          shapes: { x: transA ? [3, 2] : [2, 3], y: transB ? [4, 3] : [3, 4] },
          build: (graph, { x, y }) => op.matMul(graph, x!, y!, { transA, transB }),
        }));
    }
  }
});

describe('the gradient of a reduction or a change of shape equals finite differences', () => {
  for (const axes of [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]]) {
    for (const keepDims of [false, true]) {
      it(`reduceSum over ${axes.join(' and ')}, ${keepDims ? 'axes kept' : 'axes gone'}`, () =>
        assertGradients({
          shapes: { x: [2, 3, 4] },
          // Squared, so that the gradient differs from place to place.
          build: (graph, { x }) => {
            const sum = op.reduceSum(graph, op.mul(graph, x!, x!), axes, { keepDims });
            return op.mul(graph, sum, sum);
          },
        }));
    }
  }

  it('reshape to more axes and to fewer', () =>
    assertGradients({
      shapes: { x: [2, 6] },
      build: (graph, { x }) => {
        const cube = op.reshape(graph, op.mul(graph, x!, x!), [3, 2, 2]);
        return op.reshape(graph, cube, [12]);
      },
    }));

  for (const perm of [
    [0, 1, 2],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
  ]) {
    it(`transpose by ${perm.join()}`, () =>
      assertGradients({
        shapes: { x: [2, 3, 4] },
        build: (graph, { x }) => op.transpose(graph, op.mul(graph, x!, x!), perm),
      }));
  }
});
