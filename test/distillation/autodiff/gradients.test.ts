import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gradients } from '../../../src/distillation/autodiff/gradients.js';
import { Graph } from '../../../src/onnx/graph.js';
import * as op from '../../../src/onnx/operators.js';
import { assertGradients } from '../../support/assert-gradients.js';
import { runGraph } from '../../support/run-graph.js';

describe('gradients', () => {
  it('adds up what comes back from every use of a value', () =>
    assertGradients({
      shapes: { x: [3], y: [3] },
      values: 'positive',
      build: (graph, { x, y }) => {
        const shared = op.mul(graph, x!, y!); // Used three times, once by both sides of a product.
        const square = op.mul(graph, shared, shared);
        return op.add(graph, op.exp(graph, shared), op.mul(graph, square, x!));
      },
    }));

  it('follows a value that is used by itself and inside another', async () => {
    const graph = new Graph();
    const x = graph.input('x', []);
    const square = op.mul(graph, x, x);
    const loss = op.add(graph, op.mul(graph, square, x), x); // x^3 + x
    gradients(graph, loss, [x, square, loss]).forEach((gradient, index) => {
      graph.output(['by x', 'by square', 'by loss'][index]!, gradient);
    });

    const outputs = await runGraph(graph, { x: Float32Array.of(2) });

    // By hand: 3 x^2 + 1; x, as if the square were free; 1.
    assert.deepEqual(outputs, {
      'by x': Float32Array.of(13),
      'by square': Float32Array.of(2),
      'by loss': Float32Array.of(1),
    });
  });

  it('goes past operators without a rule where no wanted value leads through them', async () => {
    const graph = new Graph();
    const x = graph.input('x', [2]);
    const parts = [graph.input('y', [1]), graph.input('z', [1])];
    const other = graph.apply('Round', [op.concat(graph, parts)], [2]);
    const loss = op.reduceSum(graph, op.mul(graph, x, other), [0]);
    graph.output('by x', gradients(graph, loss, [x])[0]!);

    const feeds = { x: Float32Array.of(1, 1), y: Float32Array.of(3), z: Float32Array.of(5) };
    assert.deepEqual((await runGraph(graph, feeds))['by x'], Float32Array.of(3, 5));
  });

  it('stops at a wanted value, whatever operator it comes from', async () => {
    const graph = new Graph();
    const x = graph.input('x', [1]);
    const both = graph.apply('Round', [op.concat(graph, [x, x])], [2]); // No rule, and no need.
    const loss = op.reduceSum(graph, op.mul(graph, both, both), [0]);
    graph.output('by both', gradients(graph, loss, [both])[0]!);

    assert.deepEqual(
      (await runGraph(graph, { x: Float32Array.of(3) }))['by both'],
      Float32Array.of(6, 6),
    );
  });

  it('appends no node for an input that nobody wants the gradient of', () => {
    const graph = new Graph();
    const weight = graph.input('weight', [3, 2]);
    const product = op.matMul(graph, graph.input('x', [4, 3]), weight);
    const loss = op.reduceSum(graph, product, [0, 1]);
    const before = graph.nodes.length;

    gradients(graph, loss, [weight]);

    // The sum's gradient is reshaped and expanded; then one product, not two.
    const added = graph.nodes.slice(before).map(({ op: name }) => name);
    assert.deepEqual(added, ['Reshape', 'Expand', 'Gemm']);
  });

  it('refuses a loss that is no scalar', () => {
    const graph = new Graph();
    const x = graph.input('x', [2, 1]);

    assert.throws(() => gradients(graph, op.exp(graph, x), [x]), {
      name: 'RangeError',
      message: 'The loss must be a scalar, got [2,1].',
    });
  });

  it('names every operator on the way that has no rule', () => {
    const graph = new Graph();
    const x = graph.input('x', [2]);
    const rounded = graph.apply('Round', [x], [2]);
    const idle = graph.apply('Floor', [rounded], [2]); // Leads to no loss.
    const sorted = graph.apply('CumSum', [rounded, op.int64s(graph, [0])], [2]);
    const loss = op.reduceSum(graph, sorted, [0]);

    assert.throws(() => gradients(graph, loss, [x]), {
      name: 'RangeError',
      message: `There is no gradient rule for Round (${rounded.name}), CumSum (${sorted.name}).`,
    });
    assert.ok(idle.name.startsWith('Floor'));
  });

  it('passes by what is no float: no gradient comes through a comparison', async () => {
    const graph = new Graph();
    const x = graph.input('x', [3]);
    const isAbove = op.greater(graph, x, op.scalar(graph, 2));
    const chosen = op.where(graph, isAbove, op.mul(graph, x, x), op.neg(graph, x));
    const loss = op.reduceSum(graph, op.mul(graph, chosen, op.toFloat32(graph, isAbove)), [0]);
    graph.output('by x', gradients(graph, loss, [x])[0]!);

    const { 'by x': byX } = await runGraph(graph, { x: Float32Array.of(1, 3, 4) });

    assert.deepEqual(byX, Float32Array.of(0, 6, 8));
  });

  it('names a wanted value that the loss does not depend on', () => {
    const graph = new Graph();
    const x = graph.input('x', [2]);
    const idle = graph.input('idle', [2]);
    op.exp(graph, idle); // Used, but not by the loss.
    const loss = op.reduceSum(graph, x, [0]);

    assert.throws(() => gradients(graph, loss, [x, idle]), {
      name: 'NoGradientError',
      message: 'The loss does not depend on idle.',
    });
  });
});
