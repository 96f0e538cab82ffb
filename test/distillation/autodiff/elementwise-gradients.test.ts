import { describe, it } from 'node:test';
import type { Graph, Value } from '../../../src/onnx/graph.js';
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
const binary = { add: op.add, sub: op.sub, mul: op.mul, div: op.div, pow: op.pow };

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

  const unary = {
    ...{ neg: op.neg, exp: op.exp, log: op.log, sqrt: op.sqrt, sin: op.sin, cos: op.cos },
    reciprocal: (graph: Graph, x: Value) => graph.apply('Reciprocal', [x], x.shape),
  };
  for (const [name, apply] of Object.entries(unary)) {
    it(`${name} of [2,3]`, () =>
      assertGradients({
        shapes: { x: [2, 3] },
        values: 'positive',
        build: (graph, { x }) => apply(graph, x!),
      }));
  }

  for (const exponent of [-2, -1, 0.5, 1, 2, 3]) {
    it(`pow with the exponent ${exponent}`, () =>
      assertGradients({
        shapes: { x: [2, 3] },
        values: 'positive',
        build: (graph, { x }) => op.pow(graph, x!, op.scalar(graph, exponent)),
      }));
  }

  it('pow of negative numbers and of 0, with whole exponents', () =>
    assertGradients({
      shapes: { x: [5] },
      build: (graph, { x }) => {
        const around = op.mul(graph, x!, graph.constant(Float32Array.of(1, 1, 1, 1, 0), [5]));
        const cube = op.pow(graph, op.sub(graph, x!, op.scalar(graph, 3)), op.scalar(graph, 3));
        return op.add(graph, op.pow(graph, around, op.scalar(graph, 2)), cube);
      },
    }));

  for (const name of ['Max', 'Min']) {
    for (const { x, y } of [
      { x: [3, 4], y: [3, 4] },
      { x: [3, 4], y: [4] },
      { x: [3, 1], y: [1, 4] },
    ]) {
      it(`${name} of [${x.join()}] and [${y.join()}]`, () =>
        assertGradients({
          shapes: { x, y },
          values: 'apart',
          build: (graph, inputs) => {
            const moved = op.add(graph, inputs['y']!, op.scalar(graph, 1 / 64)); // Not equal to x.
            return graph.apply(name, [inputs['x']!, moved], [3, 4]);
          },
        }));
    }
  }

  it('where, each side broadcast', () =>
    assertGradients({
      shapes: { x: [2, 1], y: [3] },
      build: (graph, { x, y }) => {
        const mask = Uint8Array.of(1, 0, 1, 0, 0, 1);
        const condition = graph.typedConstant(mask, { shape: [2, 3], type: 'bool' });
        return op.where(graph, condition, x!, y!);
      },
    }));

  it('abs on both sides of 0', () =>
    assertGradients({
      shapes: { x: [3, 4] },
      values: 'apart',
      build: (graph, { x }) => graph.apply('Abs', [x!], x!.shape),
    }));

  it('relu on both sides of 0', () =>
    assertGradients({
      shapes: { x: [4, 3] },
      values: 'apart',
      build: (graph, { x }) => op.relu(graph, x!),
    }));
});
