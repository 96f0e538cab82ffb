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

  for (const { alpha, beta, c } of [
    { alpha: 0.5, beta: 2, c: [4] },
    { alpha: -1.5, beta: 1, c: [2, 1] },
    { alpha: 1, beta: 0.25, c: [2, 4] },
    { alpha: 2, beta: 1, c: [] },
  ]) {
    it(`x by y, times ${alpha}, plus ${beta} times a bias of [${c.join()}]`, () =>
      assertGradients({
        shapes: { x: [3, 2], y: [4, 3], c },
        build: (graph, { x, y, c: bias }) =>
          graph.apply('Gemm', [x!, y!, bias!], [2, 4], {
            alpha: { float: alpha },
            beta: { float: beta },
            transA: { int: 1 },
            transB: { int: 1 },
          }),
      }));
  }

  for (const { x, y } of [
    { x: [2, 3], y: [3, 4] },
    { x: [5, 2, 3], y: [3, 4] },
    { x: [2, 2, 2, 3], y: [3, 2] },
    { x: [5, 2, 3], y: [5, 3, 4] },
    { x: [1, 2, 3], y: [5, 3, 4] },
    { x: [2, 3], y: [5, 3, 4] },
    { x: [2, 1, 2, 3], y: [3, 3, 2] },
  ]) {
    it(`stacks [${x.join()}] by [${y.join()}]`, () =>
      assertGradients({
        shapes: { x, y },
        build: (graph, inputs) => op.stackedMatMul(graph, inputs['x']!, inputs['y']!),
      }));
  }
});
