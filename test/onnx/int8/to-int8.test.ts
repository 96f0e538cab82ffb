import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { create, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
} from 'onnx-buf';
import { decodeModel, graphOf } from '../../../src/onnx/decoded-model.js';
import { encodeModel } from '../../../src/onnx/encode-model.js';
import { Graph, type Value } from '../../../src/onnx/graph.js';
import { toInt8 } from '../../../src/onnx/int8/to-int8.js';
import { rowOperationsOf } from '../../../src/onnx/one-row-operations.js';
import { InferenceSession, Tensor } from '../../../src/onnx/runtime.js';
import { sessionOptions } from '../../../src/onnx/session-options.js';
import { seededDraw } from '../../support/seeded-draw.js';

/*
 * The oracle is the formulas in plain float32 arithmetic, written down here once more: products of
 * bytes are whole numbers, so the very bits must come out.
 */

const { fround } = Math;
const draw = seededDraw(5);
const numbers = (count: number, spread = 1): Float32Array =>
  Float32Array.from({ length: count }, () => (draw() + draw() - 1) * spread);

/** [rows, depth] x [depth, outputs] in 8 bits; weights [outputs, depth] where `isTransposed`. */
function productInBytes(
  x: Float32Array,
  weights: Float32Array,
  sizes: { depth: number; outputs: number; isTransposed?: boolean; factor?: number },
): Float32Array {
  const { depth, outputs, isTransposed = false, factor = 1 } = sizes;
  const weight = (k: number, n: number): number =>
    isTransposed ? weights[n * depth + k]! : weights[k * outputs + n]!;
  const rows = x.length / depth;
  const y = new Float32Array(rows * outputs);
  for (let row = 0; row < rows; row++) {
    const own = x.subarray(row * depth, (row + 1) * depth);
    const greatest = own.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const step = Math.max(fround(greatest / 127), fround(1e-30));
    for (let n = 0; n < outputs; n++) {
      let scale = 0;
      for (let k = 0; k < depth; k++) scale = Math.max(scale, Math.abs(weight(k, n)));
      scale = fround(scale / 64);
      let sum = 0;
      for (let k = 0; k < depth; k++)
        sum += byteOf(own[k]!, step) * Math.round(weight(k, n) / scale);
      y[row * outputs + n] = fround(fround(fround(sum) * step) * fround(scale * factor));
    }
  }
  return y;
}

/** Less the byte that stands for 0. */
const byteOf = (x: number, step: number): number =>
  Math.floor(fround(fround(x / step) + 128.5)) - 128;

/** The same numbers from bytes, each column with its scale. */
function columnsInBytes(matrix: Float32Array, columns: number): Float32Array {
  return matrix.map((value, at) => {
    const column = matrix.filter((_, k) => k % columns === at % columns);
    const scale = fround(column.reduce((most, one) => Math.max(most, Math.abs(one)), 0) / 127);
    return fround(Math.round(value / scale) * scale) + 0; // Bytes know no -0.
  });
}

function tableInBytes(table: Float32Array, rowLength: number): Float32Array {
  return table.map((value, at) => {
    const start = at - (at % rowLength);
    const row = table.subarray(start, start + rowLength);
    const scale = fround(row.reduce((most, one) => Math.max(most, Math.abs(one)), 0) / 127);
    return fround(Math.round(value / scale) * scale) + 0; // Bytes know no -0.
  });
}

async function run(
  model: Uint8Array,
  feeds: Readonly<Record<string, Tensor>>,
): Promise<Readonly<Record<string, Float32Array>>> {
  const session = await InferenceSession.create(model, sessionOptions);
  try {
    const results = Object.entries(await session.run(feeds));
    return Object.fromEntries(
      results.map(([name, { data }]) => [name, Float32Array.from(data as Float32Array)]),
    );
  } finally {
    await session.release();
  }
}

const floats = (data: Float32Array, dims: readonly number[]): Tensor =>
  new Tensor('float32', data, dims);
const opsOf = (model: Uint8Array): string[] =>
  graphOf(decodeModel(model)).node.map(({ opType }) => opType);
const constantBytesOf = (model: Uint8Array): number =>
  graphOf(decodeModel(model)).initializer.reduce((sum, one) => sum + one.rawData.length, 0);

/** Large enough to gain by products of bytes. */
const [depth, outputs] = [250, 200];

function productGraph(add: (graph: Graph, x: Value) => Value, xShape: Value['shape']): Uint8Array {
  const graph = new Graph();
  const x = graph.input('x', xShape);
  graph.output('y', add(graph, x));
  return encodeModel(graph);
}

describe('a model in 8 bits', () => {
  it('multiplies rows of any rank by a matrix, each with a step of its own', async () => {
    const weights = numbers(depth * outputs);
    const x = numbers(2 * 3 * depth).map((value, at) => value * (1 + Math.floor(at / depth) ** 2));
    const given = productGraph(
      (graph, value) =>
        graph.apply(
          'MatMul',
          [value, graph.constant(weights, [depth, outputs])],
          ['batch', 'sequence', outputs],
        ),
      ['batch', 'sequence', depth],
    );

    const { model, products, kept } = toInt8(given)!;

    const { y } = await run(model, { x: floats(x, [2, 3, depth]) });
    assert.deepEqual(y, productInBytes(x, weights, { depth, outputs }));
    assert.deepEqual([products, kept], [1, 0]);
    assert.ok(model.byteLength < 0.3 * given.byteLength, `${model.byteLength} bytes`);
  });

  it('keeps alpha, a transposed matrix and the bias of Gemm', async () => {
    const weights = numbers(outputs * depth);
    const bias = numbers(outputs);
    const x = numbers(4 * depth);
    const given = productGraph(
      (graph, value) =>
        graph.apply(
          'Gemm',
          [value, graph.constant(weights, [outputs, depth]), graph.constant(bias, [outputs])],
          ['batch', outputs],
          { alpha: { float: 0.5 }, transB: { int: 1 } },
        ),
      ['batch', depth],
    );

    const { y } = await run(toInt8(given)!.model, { x: floats(x, [4, depth]) });

    const sizes = { depth, outputs, isTransposed: true, factor: 0.5 };
    const product = productInBytes(x, weights, sizes);
    assert.deepEqual(
      y,
      product.map((value, at) => value + bias[at % outputs]!),
    );
  });

  it('answers a row of zeros, and one beside others as alone', async () => {
    const weights = numbers(depth * outputs);
    const given = productGraph(
      (graph, value) =>
        graph.apply(
          'MatMul',
          [value, graph.constant(weights, [depth, outputs])],
          ['batch', outputs],
        ),
      ['batch', depth],
    );
    const { model } = toInt8(given)!;
    const row = numbers(depth);
    const beside = Float32Array.from([...new Float32Array(depth), ...row, ...numbers(depth, 1e6)]);

    const alone = await run(model, { x: floats(row, [1, depth]) });
    const together = await run(model, { x: floats(beside, [3, depth]) });

    assert.deepEqual(together['y']!.subarray(outputs, 2 * outputs), alone['y']);
    assert.ok(together['y']!.subarray(0, outputs).every((value) => value === 0));
  });

  it('rounds rows once for all products that read them', () => {
    const given = productGraph(
      (graph, value) => {
        const [a, b] = [0, 1].map(() =>
          graph.apply(
            'MatMul',
            [value, graph.constant(numbers(depth * outputs), [depth, outputs])],
            ['batch', outputs],
          ),
        );
        return graph.apply('Add', [a!, b!], ['batch', outputs]);
      },
      ['batch', depth],
    );

    const ops = opsOf(toInt8(given)!.model);

    assert.equal(ops.filter((op) => op === 'MatMulInteger').length, 2);
    assert.equal(ops.filter((op) => op === 'ReduceMax').length, 1);
  });

  it('looks rows of a table up in bytes, each row with its scale', async () => {
    const [rows, length] = [40, 30];
    const table = numbers(rows * length).map((value, at) => value * (1 + (at % 7)));
    const graph = new Graph();
    const ids = graph.input('ids', ['batch', 'sequence'], 'int64');
    const constant = graph.constant(table, [rows, length]);
    graph.output('y', graph.apply('Gather', [constant, ids], ['batch', 'sequence', length]));
    const given = encodeModel(graph);

    const { model, products, kept } = toInt8(given)!;

    const feeds = { ids: new Tensor('int64', BigInt64Array.of(3n, 39n, 0n, 3n), [2, 2]) };
    const { y } = await run(model, feeds);
    const rounded = tableInBytes(table, length);
    const expected = [3, 39, 0, 3].flatMap((row) => [
      ...rounded.subarray(row * length, (row + 1) * length),
    ]);
    assert.deepEqual([...y!], expected);
    assert.deepEqual([products, kept], [0, 1]);
    assert.ok(constantBytesOf(model) < 0.35 * constantBytesOf(given));
  });

  it('keeps kernels of convolutions in bytes, and computes them in floats', async () => {
    const [channels, planes, size] = [16, 8, 6];
    const kernels = numbers(channels * planes * 9);
    const pixels = numbers(planes * size * size);
    const sliding = (weights: Float32Array): Uint8Array =>
      productGraph(
        (graph, value) =>
          graph.apply(
            'Conv',
            [value, graph.constant(weights, [channels, planes, 3, 3])],
            ['batch', channels, size, size],
            { pads: { ints: [1, 1, 1, 1] } },
          ),
        ['batch', planes, size, size],
      );

    const { model } = toInt8(sliding(kernels))!;

    const feeds = { x: floats(pixels, [1, planes, size, size]) };
    const { y } = await run(model, feeds);
    const { y: expected } = await run(sliding(tableInBytes(kernels, planes * 9)), feeds);
    assert.deepEqual(y, expected);
    assert.ok(constantBytesOf(model) < 0.3 * kernels.byteLength);
  });

  it('keeps a small matrix in bytes, and multiplies by it in floats', async () => {
    const weights = numbers(depth * 10);
    const x = numbers(3 * depth);
    const multiplied = (matrix: Float32Array): Uint8Array =>
      productGraph(
        (graph, value) =>
          graph.apply('MatMul', [value, graph.constant(matrix, [depth, 10])], ['batch', 10]),
        ['batch', depth],
      );

    const { model, products, kept } = toInt8(multiplied(weights))!;

    const feeds = { x: floats(x, [3, depth]) };
    const { y } = await run(model, feeds);
    const { y: expected } = await run(multiplied(columnsInBytes(weights, 10)), feeds);
    assert.deepEqual(y, expected);
    assert.deepEqual([products, kept], [0, 1]);
    assert.ok(constantBytesOf(model) < 0.3 * weights.byteLength);
    // What looks for products of a single row still finds it.
    assert.deepEqual(
      rowOperationsOf(decodeModel(model)).map(({ rows }) => rows),
      ['x'],
    );
  });

  it('finds weights in nodes Constant, of an opset that has the axes as an attribute', async () => {
    const weights = numbers(depth * outputs);
    const x = numbers(2 * depth);
    const opset13 = decodeModel(
      productGraph(
        (graph, value) =>
          graph.apply(
            'MatMul',
            [value, graph.constant(weights, [depth, outputs], 'w')],
            ['batch', outputs],
          ),
        ['batch', depth],
      ),
    );
    const graph = graphOf(opset13);
    const constant = create(NodeProtoSchema, {
      opType: 'Constant',
      output: ['w'],
      attribute: [
        create(AttributeProtoSchema, {
          name: 'value',
          type: AttributeProto_AttributeType.TENSOR,
          t: graph.initializer[0]!,
        }),
      ],
    });
    opset13.opsetImport[0]!.version = 13n;
    opset13.graph = { ...graph, initializer: [], node: [constant, ...graph.node] };

    const { model } = toInt8(toBinary(ModelProtoSchema, opset13))!;

    const { y } = await run(model, { x: floats(x, [2, depth]) });
    assert.deepEqual(y, productInBytes(x, weights, { depth, outputs }));
    assert.ok(!opsOf(model).includes('Constant'), 'the floats are still there');
  });

  it('gives no numbers where the weights are none', async () => {
    const weights = numbers(depth * outputs);
    weights[7] = NaN;
    const given = productGraph(
      (graph, value) =>
        graph.apply(
          'MatMul',
          [value, graph.constant(weights, [depth, outputs])],
          ['batch', outputs],
        ),
      ['batch', depth],
    );

    const { y } = await run(toInt8(given)!.model, { x: floats(numbers(depth), [1, depth]) });

    assert.ok(Number.isNaN(y![7]) && Number.isFinite(y![8]));
  });

  it('leaves alone what is small, used elsewhere too, or not of floats', () => {
    const small = productGraph(
      (graph, value) =>
        graph.apply(
          'MatMul',
          [value, graph.constant(numbers(depth * 4), [depth, 4])],
          ['batch', 4],
        ),
      ['batch', depth],
    );
    assert.equal(toInt8(small), null);

    const graph = new Graph();
    const ids = graph.input('ids', ['batch'], 'int64');
    const table = graph.constant(numbers(40 * 30), [40, 30]);
    graph.output('rows', graph.apply('Gather', [table, ids], ['batch', 30]));
    graph.output('table', table);
    assert.equal(toInt8(encodeModel(graph)), null);
  });

  it('has nothing more to do for a model that it has made', () => {
    const given = productGraph(
      (graph, value) =>
        graph.apply(
          'MatMul',
          [value, graph.constant(numbers(depth * outputs), [depth, outputs])],
          ['batch', outputs],
        ),
      ['batch', depth],
    );

    assert.equal(toInt8(toInt8(given)!.model), null);
  });
});
