import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Graph, type Dim, type Value } from '../../src/onnx/graph.js';
import * as op from '../../src/onnx/operators.js';
import { runGraph } from '../support/run-graph.js';

/** Numbers 1, 2, 3 ... in the given shape. */
const counting = (graph: Graph, shape: readonly number[]): Value => {
  const length = shape.reduce((size, dim) => size * dim, 1);
  const numbers = Float32Array.from({ length }, (_, k) => k + 1);
  return graph.constant(numbers, shape);
};

/** Expected numbers worked out by hand. */
const cases: readonly {
  readonly name: string;
  readonly build: (graph: Graph) => Value;
  readonly shape: readonly Dim[];
  readonly expected: readonly number[];
}[] = [
  {
    name: 'matMul multiplies',
    build: (graph) => op.matMul(graph, counting(graph, [1, 2]), counting(graph, [2, 3])),
    shape: [1, 3],
    expected: [9, 12, 15],
  },
  {
    name: 'matMul transposes first where asked',
    build: (graph) =>
      op.matMul(graph, counting(graph, [2, 1]), counting(graph, [3, 2]), {
        transA: true,
        transB: true,
      }),
    shape: [1, 3],
    expected: [5, 11, 17],
  },
  {
    name: 'reduceSum drops the axes that it sums over',
    build: (graph) => op.reduceSum(graph, counting(graph, [2, 3]), [0]),
    shape: [3],
    expected: [5, 7, 9],
  },
  {
    name: 'reduceSum keeps them at size 1 where asked',
    build: (graph) => op.reduceSum(graph, counting(graph, [2, 3]), [1], { keepDims: true }),
    shape: [2, 1],
    expected: [6, 15],
  },
  {
    name: 'reduceMean averages',
    build: (graph) => op.reduceMean(graph, counting(graph, [2, 3]), [1]),
    shape: [2],
    expected: [2, 5],
  },
  {
    name: 'stackedMatMul multiplies each matrix of a stack',
    build: (graph) => op.stackedMatMul(graph, counting(graph, [2, 1, 2]), counting(graph, [2, 1])),
    shape: [2, 1, 1],
    expected: [5, 11],
  },
  {
    name: 'swapLastAxes transposes each matrix of a stack',
    build: (graph) => op.swapLastAxes(graph, counting(graph, [2, 1, 2])),
    shape: [2, 2, 1],
    expected: [1, 2, 3, 4],
  },
  {
    name: 'expand repeats along axes of length 1',
    build: (graph) => op.expand(graph, counting(graph, [2, 1]), [2, 2, 2]),
    shape: [2, 2, 2],
    expected: [1, 1, 2, 2, 1, 1, 2, 2],
  },
  {
    name: 'sliceAxis takes a part of one axis',
    build: (graph) =>
      op.sliceAxis(graph, counting(graph, [2, 3]), { axis: 1, start: 1, length: 2 }),
    shape: [2, 2],
    expected: [2, 3, 5, 6],
  },
  {
    name: 'pad puts zeros around',
    build: (graph) => op.pad(graph, counting(graph, [1, 2]), { before: [0, 1], after: [1, 0] }),
    shape: [2, 3],
    expected: [0, 1, 2, 0, 0, 0],
  },
  {
    name: 'scatterAdd adds up what goes to one place',
    build: (graph) => {
      const places = op.int64s(graph, [1, 1, 0]);
      const parts = counting(graph, [3]);
      return op.scatterAdd(graph, counting(graph, [3]), { axis: 0, places, parts });
    },
    shape: [3],
    expected: [4, 5, 3],
  },
  {
    name: 'where chooses by a comparison',
    build: (graph) => {
      const numbers = counting(graph, [3]);
      const isAbove = op.greater(graph, numbers, op.scalar(graph, 2));
      const isTwo = op.equal(graph, numbers, op.scalar(graph, 2));
      const rest = op.where(graph, isTwo, op.scalar(graph, 7), numbers);
      return op.where(graph, isAbove, op.scalar(graph, 0), rest);
    },
    shape: [3],
    expected: [1, 7, 0],
  },
  {
    name: 'gather takes rows of a table by their numbers',
    build: (graph) => op.gather(graph, counting(graph, [3, 2]), op.int64s(graph, [2, 0, 2])),
    shape: [3, 2],
    expected: [5, 6, 1, 2, 5, 6],
  },
  {
    name: 'gather by the numbers that a table of int32 gives, and of bytes as float32',
    build: (graph) => {
      const places = graph.constant(Int32Array.of(1, 0), [2]);
      const bytes = graph.constant(Int8Array.of(-127, 5, 127, 0), [2, 2]);
      const place = op.gather(graph, places, op.int64s(graph, [0, 0, 1]));
      return op.toFloat32(graph, op.gather(graph, bytes, place));
    },
    shape: [3, 2],
    expected: [127, 0, 127, 0, -127, 5],
  },
  {
    name: 'batchedMatMul multiplies row by row, unsqueeze makes room for it',
    build: (graph) => {
      const rows = op.unsqueeze(graph, counting(graph, [2, 2]), 1);
      return op.batchedMatMul(graph, rows, counting(graph, [2, 2, 1]));
    },
    shape: [2, 1, 1],
    expected: [1 + 4, 9 + 16],
  },
  {
    name: 'slice takes a piece of a vector',
    build: (graph) => op.slice(graph, counting(graph, [6]), 2, 3),
    shape: [3],
    expected: [3, 4, 5],
  },
  {
    name: 'concat puts vectors one after the other',
    build: (graph) => op.concat(graph, [counting(graph, [2]), counting(graph, [3])]),
    shape: [5],
    expected: [1, 2, 1, 2, 3],
  },
  {
    name: 'conv without padding slides the kernel, unflipped',
    build: (graph) =>
      op.conv(graph, counting(graph, [1, 1, 2, 3]), counting(graph, [1, 1, 1, 2]), 0),
    shape: [1, 1, 2, 2],
    expected: [5, 8, 14, 17],
  },
  {
    name: 'conv with padding 1 keeps the size under a kernel of 3',
    build: (graph) => {
      const ones = graph.constant(new Float32Array(9).fill(1), [1, 1, 3, 3]);
      return op.conv(graph, counting(graph, [1, 1, 2, 3]), ones, 1);
    },
    shape: [1, 1, 2, 3],
    expected: [12, 21, 16, 12, 21, 16],
  },
  {
    name: 'maxPool drops the row and column that are left over',
    build: (graph) => op.maxPool(graph, counting(graph, [1, 1, 3, 5]), 2),
    shape: [1, 1, 1, 2],
    expected: [7, 9],
  },
  {
    name: 'an elementwise operator repeats the smaller tensor',
    build: (graph) => op.sub(graph, counting(graph, [2, 1]), counting(graph, [3])),
    shape: [2, 3],
    expected: [0, -1, -2, 1, 0, -1],
  },
];

describe('operators', () => {
  for (const { name, build, shape, expected } of cases) {
    it(name, async () => {
      const graph = new Graph();
      const value = build(graph);
      graph.output('y', value);

      const { y } = await runGraph(graph, {});

      assert.deepEqual(value.shape, shape);
      assert.deepEqual(y, Float32Array.from(expected));
    });
  }

  it('keep the open number of rows in the shapes they give', () => {
    const graph = new Graph();
    const x = graph.input('x', ['batch', 6]);
    const images = op.reshape(graph, x, ['batch', 1, 2, 3]);

    assert.deepEqual(op.relu(graph, x).shape, ['batch', 6]);
    assert.deepEqual(op.matMul(graph, x, counting(graph, [6, 2])).shape, ['batch', 2]);
    assert.deepEqual(op.conv(graph, images, counting(graph, [4, 1, 3, 3]), 1).shape, [
      'batch',
      4,
      2,
      3,
    ]);
    assert.deepEqual(op.broadcastShape(['batch', 6], [6]), ['batch', 6]);
  });

  it('refuse shapes that do not fit, and say which', () => {
    const graph = new Graph();
    const [flat, image] = [counting(graph, [2, 3]), counting(graph, [1, 2, 3, 3])];

    assert.throws(() => op.matMul(graph, flat, flat), {
      name: 'RangeError',
      message: 'matMul cannot multiply [2,3] by [2,3].',
    });
    assert.throws(() => op.matMul(graph, flat, counting(graph, [3])), RangeError);
    assert.throws(() => op.conv(graph, image, counting(graph, [4, 3, 3, 3]), 1), {
      name: 'RangeError',
      message: 'conv cannot slide [4,3,3,3] over [1,2,3,3]: the channels differ.',
    });
    assert.throws(() => op.add(graph, flat, counting(graph, [2])), {
      name: 'RangeError',
      message: '[2,3] and [2] cannot be combined elementwise.',
    });
  });
});
