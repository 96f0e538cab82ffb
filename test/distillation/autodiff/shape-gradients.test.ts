import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gradients } from '../../../src/distillation/autodiff/gradients.js';
import { Graph } from '../../../src/onnx/graph.js';
import * as op from '../../../src/onnx/operators.js';
import { assertGradients } from '../../support/assert-gradients.js';
import { runGraph } from '../../support/run-graph.js';

describe('the gradient of a change of shape or place equals finite differences', () => {
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

  for (const [name, shape] of [
    ['Flatten', [2, 6]],
    ['Squeeze', [2, 3, 2]],
    ['Identity', [2, 1, 3, 2]],
  ] as const) {
    it(name, () =>
      assertGradients({
        shapes: { x: [2, 1, 3, 2] },
        build: (graph, { x }) => graph.apply(name, [op.mul(graph, x!, x!)], shape),
      }),
    );
  }

  it('unsqueeze, and back to what was there', () =>
    assertGradients({
      shapes: { x: [2, 3] },
      build: (graph, { x }) => op.unsqueeze(graph, op.mul(graph, x!, x!), 1),
    }));

  for (const from of [[], [1], [3, 1], [2, 1, 4]]) {
    it(`expand [${from.join()}] to [2,3,4]`, () =>
      assertGradients({
        shapes: { x: from },
        build: (graph, { x }) => op.expand(graph, op.mul(graph, x!, x!), [2, 3, 4]),
      }));
  }

  for (const { axis, shapes, to } of [
    {
      axis: 0,
      shapes: [
        [1, 3],
        [2, 3],
      ],
      to: [3, 3],
    },
    {
      axis: -1,
      shapes: [
        [2, 1],
        [2, 3],
      ],
      to: [2, 4],
    },
    {
      axis: 1,
      shapes: [
        [2, 2, 2],
        [2, 1, 2],
      ],
      to: [2, 3, 2],
    },
  ]) {
    it(`concat along axis ${axis}, one part twice`, () =>
      assertGradients({
        shapes: { x: shapes[0]!, y: shapes[1]! },
        build: (graph, { x, y }) => {
          const along = { axis: { int: axis } };
          const place = (axis + to.length) % to.length;
          const twice = to.with(place, to[place]! + Number(x!.shape[place]));
          return graph.apply('Concat', [x!, op.mul(graph, y!, y!), x!], twice, along);
        },
      }));
  }

  for (const { name, bounds, to } of [
    {
      name: 'in the middle of two axes',
      bounds: [
        [1, 0],
        [3, 2],
        [2, 0],
      ],
      to: [2, 3, 2],
    },
    { name: 'counted from the end', bounds: [[-3], [-1], [-1]], to: [2, 3, 2] },
    {
      name: 'past the end, no axes named',
      bounds: [
        [0, 1],
        [9, 9],
      ],
      to: [2, 2, 4],
    },
  ]) {
    it(`slice ${name}`, () =>
      assertGradients({
        shapes: { x: [2, 3, 4] },
        build: (graph, { x }) => {
          const inputs = [op.mul(graph, x!, x!), ...bounds.map((own) => op.int64s(graph, own))];
          return graph.apply('Slice', inputs, to);
        },
      }));
  }

  it('pad, more on one side than on the other', () =>
    assertGradients({
      shapes: { x: [2, 3] },
      build: (graph, { x }) =>
        op.pad(graph, op.mul(graph, x!, x!), { before: [0, 2], after: [1, 0] }),
    }));

  for (const { axis, indices, shape, to } of [
    { axis: 0, indices: [2, 0, 2, 2, 1, 0], shape: [6], to: [6, 4] },
    { axis: 0, indices: [1, 1, 1, 1], shape: [2, 2], to: [2, 2, 4] },
    { axis: 1, indices: [3, -1, 0, 3], shape: [4], to: [3, 4] },
    { axis: -1, indices: [0, 3, 3], shape: [3], to: [3, 3] },
    { axis: 1, indices: [2], shape: [], to: [3] },
  ]) {
    it(`gather ${indices.join()} of [${shape.join()}] along axis ${axis}`, () =>
      assertGradients({
        shapes: { x: [3, 4] },
        build: (graph, { x }) => {
          const places = graph.constant(BigInt64Array.from(indices.map(BigInt)), shape);
          const inputs = [op.mul(graph, x!, x!), places];
          return graph.apply('Gather', inputs, to, { axis: { int: axis } });
        },
      }));
  }

  it('gather of many duplicates sums each of them', async () => {
    const graph = new Graph();
    const table = graph.input('table', [4, 8]);
    const places = BigInt64Array.from({ length: 5000 }, (_, k) => BigInt(k % 4));
    const rows = op.gather(graph, table, graph.constant(places, [5000]));
    graph.output('sums', gradients(graph, op.reduceSum(graph, rows, [0, 1]), [table])[0]!);

    const { sums } = await runGraph(graph, { table: new Float32Array(32) });

    assert.deepEqual(sums, new Float32Array(32).fill(1250));
  });
});
