import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { create } from '@bufbuild/protobuf';
import { AttributeProto_AttributeType, NodeProtoSchema } from 'onnx-buf';
import { decodeModel } from '../../src/onnx/decoded-model.js';
import { inTwoRows, rowOperationsOf, withOutputs } from '../../src/onnx/one-row-operations.js';
import { InferenceSession, Tensor } from '../../src/onnx/runtime.js';
import { onnxFile, type OnnxNode } from '../support/onnx-file.js';

const weights = Float32Array.from({ length: 12 }, (_, k) => Math.sin(k));
const nodes: readonly OnnxNode[] = [
  { op: 'MatMul', inputs: ['x', 'square'], outputs: ['tokens'] },
  { op: 'ReduceSum', inputs: ['tokens', 'one'], outputs: ['sum'], ints: { keepdims: 0 } },
  { op: 'ReduceSum', inputs: ['tokens', 'two'], outputs: ['last'], ints: { keepdims: 0 } },
  { op: 'ReduceMax', inputs: ['tokens', 'one'], outputs: ['most'], ints: { keepdims: 0 } },
  { op: 'MatMul', inputs: ['tokens', 'tokens-turned'], outputs: ['no-constant'] },
  { op: 'Gemm', inputs: ['sum', 'tall', 'bias'], outputs: ['logits'] },
  { op: 'Gemm', inputs: ['sum', 'tall', 'late-bias'], outputs: ['biased-late'] },
  { op: 'Gemm', inputs: ['sum', 'tall'], outputs: ['turned'], ints: { transA: 1 } },
  { op: 'MatMul', inputs: ['x', 'square'], outputs: ['custom'], domain: 'of.others' },
];

const modelOf = (used: readonly OnnxNode[]): Uint8Array =>
  onnxFile({
    inputs: [{ name: 'x', dtype: 'float32', shape: ['batch', 'tokens', 3] }],
    outputs: [{ name: 'logits', dtype: 'float32', shape: ['batch', 2] }],
    constants: [
      { name: 'square', data: weights.slice(0, 9), shape: [3, 3] },
      { name: 'tall', data: weights.slice(0, 6), shape: [3, 2] },
      { name: 'bias', data: weights.slice(0, 2), shape: [2] },
      { name: 'one', data: BigInt64Array.of(1n), shape: [1] },
      { name: 'two', data: BigInt64Array.of(-1n), shape: [1] },
    ],
    nodes: used,
  });
/** The same model with its constants as nodes; PyTorch's exporters write both forms of axes. */
function withConstantNodes(model: Uint8Array, axes: 'value' | 'value_ints'): Uint8Array {
  const decoded = decodeModel(model);
  const graph = decoded.graph!;
  const constants = graph.initializer.map((t) => {
    const isAxes = ['one', 'two'].includes(t.name);
    const attribute =
      isAxes && axes === 'value_ints'
        ? { name: axes, type: AttributeProto_AttributeType.INTS, ints: axesOf(t.rawData) }
        : { name: 'value', type: AttributeProto_AttributeType.TENSOR, t };
    return create(NodeProtoSchema, {
      opType: 'Constant',
      output: [t.name],
      attribute: [attribute],
    });
  });
  // Each stands just before its first reader: a bias lies between the product and the sum.
  const node = graph.node.flatMap((reader) => {
    const read = constants.filter(({ output: [name] }) => reader.input.includes(name!));
    for (const one of read) constants.splice(constants.indexOf(one), 1);
    return [...read, reader];
  });
  decoded.graph = { ...graph, node, initializer: [] };
  return withOutputs(decoded, []);
}

const axesOf = (bytes: Uint8Array) => [...new BigInt64Array(bytes.slice().buffer)];

const ran = ['tokens', 'sum', 'logits'];
const model = modelOf(nodes.filter(({ outputs }) => ran.includes(outputs[0]!)));
const biased = modelOf([
  ...nodes.filter(({ outputs }) => ['tokens', 'sum'].includes(outputs[0]!)),
  { op: 'MatMul', inputs: ['sum', 'tall'], outputs: ['product'] },
  { op: 'Add', inputs: ['product', 'bias'], outputs: ['logits'] },
]);

async function run(bytes: Uint8Array, rows: number) {
  const session = await InferenceSession.create(bytes);
  const values = Float32Array.from({ length: rows * 12 }, (_, k) => Math.cos(k));
  try {
    return await session.run({ x: new Tensor('float32', values, [rows, 4, 3]) });
  } finally {
    await session.release();
  }
}

describe('the operations that a single row has kernels of its own for', () => {
  const found = rowOperationsOf(decodeModel(modelOf(nodes)));
  const test = (output: string) => found.find((one) => one.output === output)!.isOfOneRow;

  it('are products with a constant matrix, and sums along an axis', () => {
    assert.deepEqual(
      found.map(({ rows, output }) => `${rows} -> ${output}`),
      ['x -> tokens', 'tokens -> sum', 'tokens -> last', 'sum -> logits'],
    );
  });

  it('are such where a run of one row leaves one row to the product', () => {
    assert.equal(test('tokens')([1, 4, 3]), false);
    assert.equal(test('tokens')([1, 1, 3]), true);
    assert.equal(test('logits')([1, 3]), true);
    assert.equal(test('logits')([2, 3]), false);
    assert.equal(test('logits')([]), false);
  });

  it('are such where the axis that is summed lies between the row and others', () => {
    assert.equal(test('sum')([1, 4, 3]), true);
    assert.equal(test('sum')([2, 4, 3]), false);
    assert.equal(test('last')([1, 4, 3]), false);
  });
});

describe('constants that are nodes', () => {
  for (const axes of ['value', 'value_ints'] as const)
    it(`are constants like others, with axes as ${axes}`, async () => {
      const decoded = decodeModel(withConstantNodes(biased, axes));
      const operations = rowOperationsOf(decoded);
      assert.deepEqual(
        operations.map(({ output }) => output),
        ['tokens', 'sum', 'product'],
      );

      const doubled = inTwoRows(decoded, operations.slice(1));

      const known = new Set(['x']);
      for (const { input, output } of decodeModel(doubled).graph!.node) {
        for (const name of input) assert.ok(known.has(name), `${name} is read before it is there`);
        for (const name of output) known.add(name);
      }
      const [paired, alone] = [await run(biased, 2), await run(doubled, 1)];
      assert.deepEqual(alone['logits']!.data, (paired['logits']!.data as Float32Array).slice(0, 2));
      // The bias is added to both rows, in one kernel with the product.
      const inside = await run(withOutputs(decodeModel(doubled), ['logits/twice']), 1);
      assert.deepEqual(inside['logits/twice']!.dims, [2, 2]);
    });
});

describe('a model that computes them for two rows', () => {
  for (const opset of [17n, 21n])
    it(`gives as many rows, and the same, in opset ${opset}`, async () => {
      const decoded = decodeModel(model);
      decoded.opsetImport[0]!.version = opset;
      const operations = rowOperationsOf(decoded).filter(({ output }) => output !== 'tokens');
      assert.deepEqual(
        operations.map(({ output }) => output),
        ['sum', 'logits'],
      );

      const doubled = inTwoRows(decoded, operations);

      for (const rows of [1, 2, 5]) {
        const [expected, got] = [await run(model, rows), await run(doubled, rows)];
        assert.deepEqual(got['logits']!.dims, [rows, 2]);
        const scores = got['logits']!.data as Float32Array;
        for (const [index, value] of (expected['logits']!.data as Float32Array).entries())
          assert.ok(Math.abs(scores[index]! - value) < 1e-5, `${scores[index]} for ${value}`);
      }
      // Twice as many rows go into the product, of which a reader of the file would see nothing.
      const inside = await run(withOutputs(decodeModel(doubled), ['logits/twice']), 1);
      assert.deepEqual(inside['logits/twice']!.dims, [2, 2]);
    });
});

describe('a product that a constant is added to', () => {
  it('is computed for two rows together with it, as the runtime does in one kernel', async () => {
    const decoded = decodeModel(biased);
    const heads = rowOperationsOf(decoded).filter(({ output }) => output === 'product');

    const doubled = inTwoRows(decoded, heads);

    const [paired, alone] = [await run(biased, 2), await run(doubled, 1)];
    assert.deepEqual(alone['logits']!.dims, [1, 2]);
    assert.deepEqual(alone['logits']!.data, (paired['logits']!.data as Float32Array).slice(0, 2));
    const inside = await run(withOutputs(decodeModel(doubled), ['logits/twice']), 1);
    assert.deepEqual(inside['logits/twice']!.dims, [2, 2]);
  });
});

describe('a model with further outputs', () => {
  it('gives the values of those names too, each once', async () => {
    const results = await run(withOutputs(decodeModel(model), ['sum', 'tokens', 'sum']), 2);

    assert.deepEqual(Object.keys(results).sort(), ['logits', 'sum', 'tokens']);
    assert.deepEqual(results['sum']!.dims, [2, 3]);
    assert.deepEqual(results['tokens']!.dims, [2, 4, 3]);
  });
});
