import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { InferenceSession, Tensor } from '../../src/onnx/runtime.js';
import { encodeModel } from '../../src/onnx/encode-model.js';
import { Graph } from '../../src/onnx/graph.js';
import * as op from '../../src/onnx/operators.js';
import { runGraph } from '../support/run-graph.js';
import { tinyModel } from '../support/tiny-model.js';

describe('encodeModel', () => {
  it('gives a model that ONNX Runtime loads, with the names and sizes of the graph', async () => {
    const session = await InferenceSession.create(tinyModel());

    const described = [...session.inputMetadata, ...session.outputMetadata].map((value) => ({
      ...value,
    }));
    await session.release();

    assert.deepEqual(described, [
      { name: 'input', isTensor: true, type: 'float32', shape: ['batch', 3] },
      { name: 'logits', isTensor: true, type: 'float32', shape: ['batch', 2] },
    ]);
  });

  it('leaves the number of rows open', async () => {
    const session = await InferenceSession.create(tinyModel());
    const run = async (rows: number): Promise<Tensor> => {
      const input = new Tensor('float32', new Float32Array(rows * 3).fill(1), [rows, 3]);
      return (await session.run({ input }))['logits']!;
    };

    const [one, five] = [await run(1), await run(5)];
    await session.release();

    assert.deepEqual([...one.dims], [1, 2]);
    assert.deepEqual([...five.dims], [5, 2]);
    // 1 + 2 + 3 + 10 and -1 - 1 - 1 + 20.
    assert.deepEqual(five.data, Float32Array.of(16, 17, 16, 17, 16, 17, 16, 17, 16, 17));
  });

  it('keeps every bit of a constant, and only its own part of a shared buffer', async () => {
    const numbers = Float32Array.of(9, 0.1, -0, 1e-45, 3.4028234663852886e38, 9);
    const graph = new Graph();
    graph.output('same', graph.constant(numbers.subarray(1, 5), [4]));

    const { same } = await runGraph(graph, {});

    assert.deepEqual(new Uint32Array(same!.buffer), new Uint32Array(numbers.slice(1, 5).buffer));
  });

  it('writes attributes of whole numbers, lists and fractions', async () => {
    const graph = new Graph();
    const x = graph.input('x', [2, 3]);
    graph.output('axis', graph.apply('Flatten', [x], [6, 1], { axis: { int: 2 } }));
    graph.output('perm', op.transpose(graph, x, [1, 0]));
    graph.output('alpha', graph.apply('LeakyRelu', [x], [2, 3], { alpha: { float: 0.25 } }));

    const outputs = await runGraph(graph, { x: Float32Array.of(-4, 2, 3, 4, 5, 6) });

    assert.deepEqual(outputs['axis'], Float32Array.of(-4, 2, 3, 4, 5, 6));
    assert.deepEqual(outputs['perm'], Float32Array.of(-4, 4, 2, 5, 3, 6));
    assert.deepEqual(outputs['alpha'], Float32Array.of(-1, 2, 3, 4, 5, 6));
  });

  it('leaves out the places of the maxima where nobody reads them', async () => {
    const graph = new Graph();
    const x = graph.input('x', [1, 1, 2, 2]);
    graph.output('largest', op.maxPool(graph, x, 2));

    const { graph: encoded } = fromBinary(ModelProtoSchema, encodeModel(graph));
    const pool = encoded!.node.find(({ opType }) => opType === 'MaxPool');

    assert.equal(pool!.output.length, 1);
    const { largest } = await runGraph(graph, { x: Float32Array.of(1, 4, 3, 2) });
    assert.deepEqual(largest, Float32Array.of(4));
  });

  it('copies nothing that goes out, but for a second name or what has come in', async () => {
    const graph = new Graph();
    const x = graph.input('x', [2]);
    const double = op.add(graph, x, x);
    graph.output('double', double);
    graph.output('again', double);
    graph.output('same', x);
    graph.output('sixfold', op.mul(graph, double, op.scalar(graph, 3)));

    const { graph: encoded } = fromBinary(ModelProtoSchema, encodeModel(graph));

    const operators = encoded!.node.map(({ opType }) => opType);
    assert.deepEqual(operators, ['Add', 'Identity', 'Identity', 'Mul']);
    assert.deepEqual(await runGraph(graph, { x: Float32Array.of(1, -2) }), {
      double: Float32Array.of(2, -4),
      again: Float32Array.of(2, -4),
      same: Float32Array.of(1, -2),
      sixfold: Float32Array.of(6, -12),
    });
  });

  it('leaves a gap for an output that nobody reads before one that is read', async () => {
    const graph = new Graph();
    const x = graph.input('x', [1, 2]);
    const scale = graph.constant(Float32Array.of(1, 1), [2]);
    const [normal, , spread] = graph.applyMany(
      { op: 'LayerNormalization', inputs: [x, scale], attributes: { epsilon: { float: 0 } } },
      [
        { shape: [1, 2], type: 'float32' },
        { shape: [1, 1], type: 'float32' }, // The mean.
        { shape: [1, 1], type: 'float32' }, // One through the deviation.
      ],
    );
    graph.output('normal', normal!);
    graph.output('spread', spread!);

    // Mean 4, deviation 2.
    assert.deepEqual(await runGraph(graph, { x: Float32Array.of(2, 6) }), {
      normal: Float32Array.of(-1, 1),
      spread: Float32Array.of(0.5),
    });
  });

  it('writes attributes that are words, and the types of constants', async () => {
    const graph = new Graph();
    const mask = graph.typedConstant(Uint8Array.of(1, 0), { shape: [2], type: 'bool' });
    const x = graph.input('x', [2]);
    const tanh = { approximate: { string: 'tanh' } };
    graph.output('gelu', graph.apply('Gelu', [x], [2], tanh));
    graph.output('chosen', op.where(graph, mask, x, op.scalar(graph, 9)));

    const { gelu, chosen } = await runGraph(graph, { x: Float32Array.of(1, 2) });

    // 0.8411920 by tanh(sqrt(2 / pi) 1.044715); without the approximation 0.8413447.
    assert.ok(Math.abs(gelu![0]! - 0.841192) < 1e-6, `${gelu![0]}`);
    assert.deepEqual(chosen, Float32Array.of(1, 9));
  });

  it('gives the same bytes for the same graph', () => {
    const graph = new Graph();
    graph.output('y', op.exp(graph, graph.input('x', [2])));

    assert.deepEqual(encodeModel(graph), encodeModel(graph));
    assert.deepEqual(tinyModel(), tinyModel());
  });
});
