import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Tensor } from '../../../src/onnx/runtime.js';
import {
  assertImported,
  fileOf,
  floats,
  importFile,
  int64s,
  node,
  type ImportedCase,
} from '../../support/assert-imported.js';

/** A layer of an encoder as PyTorch's exporter wrote it before opset 17: two heads of two. */
const encoder: ImportedCase = {
  opset: 14,
  values: 'small',
  inputs: {
    ...{ table: [5, 4], position: [3, 4], qkv: [4, 12], qkvBias: [12], out: [4, 4] },
    ...{ norm: [4], normBias: [4], up: [4, 6], upBias: [6], down: [6, 4] },
  },
  constants: [
    { name: 'ids', data: BigInt64Array.of(1n, 4n, 1n, 0n, 2n, 4n), shape: [2, 3] },
    { name: 'padding', data: Float32Array.of(0, 0, 0, 0, 0, -1e9), shape: [2, 1, 1, 3] },
    int64s('byHeads', 0, 0, 2, 2),
    int64s('joined', 0, 0, 4),
    floats('scale', Math.sqrt(2)),
    floats('two', 2),
    floats('half', 0.5),
    floats('one', 1),
    floats('epsilon', 0.5),
    floats('root', Math.SQRT2),
  ],
  nodes: [
    node('Gather', { inputs: ['table', 'ids'], outputs: ['words'] }),
    node('Add', { inputs: ['words', 'position'], outputs: ['h'] }),
    node('MatMul', { inputs: ['h', 'qkv'], outputs: ['qkv0'] }),
    node('Add', { inputs: ['qkv0', 'qkvBias'], outputs: ['qkv1'] }),
    node('Split', { inputs: ['qkv1'], outputs: ['q', 'k', 'v'], ints: { axis: -1 } }),
    ...['q', 'k', 'v'].flatMap((name) => [
      node('Reshape', { inputs: [name, 'byHeads'], outputs: [`${name}1`] }),
      node('Transpose', {
        inputs: [`${name}1`],
        outputs: [`${name}2`],
        lists: { perm: name === 'k' ? [0, 2, 3, 1] : [0, 2, 1, 3] },
      }),
    ]),
    node('MatMul', { inputs: ['q2', 'k2'], outputs: ['s0'] }),
    node('Div', { inputs: ['s0', 'scale'], outputs: ['s1'] }),
    node('Add', { inputs: ['s1', 'padding'], outputs: ['s2'] }),
    node('Softmax', { inputs: ['s2'], outputs: ['s3'], ints: { axis: -1 } }),
    node('MatMul', { inputs: ['s3', 'v2'], outputs: ['a0'] }),
    node('Transpose', { inputs: ['a0'], outputs: ['a1'], lists: { perm: [0, 2, 1, 3] } }),
    node('Reshape', { inputs: ['a1', 'joined'], outputs: ['a2'] }),
    node('MatMul', { inputs: ['a2', 'out'], outputs: ['a3'] }),
    node('Add', { inputs: ['a3', 'h'], outputs: ['r'] }),
    node('ReduceMean', { inputs: ['r'], outputs: ['mean'], lists: { axes: [-1] } }),
    node('Sub', { inputs: ['r', 'mean'], outputs: ['centred'] }),
    node('Pow', { inputs: ['centred', 'two'], outputs: ['square'] }),
    node('ReduceMean', { inputs: ['square'], outputs: ['variance'], lists: { axes: [-1] } }),
    node('Add', { inputs: ['variance', 'epsilon'], outputs: ['more'] }),
    node('Sqrt', { inputs: ['more'], outputs: ['deviation'] }),
    node('Div', { inputs: ['centred', 'deviation'], outputs: ['normal'] }),
    node('Mul', { inputs: ['normal', 'norm'], outputs: ['n0'] }),
    node('Add', { inputs: ['n0', 'normBias'], outputs: ['n1'] }),
    node('MatMul', { inputs: ['n1', 'up'], outputs: ['u0'] }),
    node('Add', { inputs: ['u0', 'upBias'], outputs: ['u1'] }),
    node('Div', { inputs: ['u1', 'root'], outputs: ['u2'] }),
    node('Erf', { inputs: ['u2'], outputs: ['u3'] }),
    node('Add', { inputs: ['u3', 'one'], outputs: ['u4'] }),
    node('Mul', { inputs: ['u1', 'u4'], outputs: ['u5'] }),
    node('Mul', { inputs: ['u5', 'half'], outputs: ['u6'] }),
    node('MatMul', { inputs: ['u6', 'down'] }),
  ],
};

const feed = (shape: readonly number[]): Record<string, Tensor> => {
  const size = shape.reduce((product, dim) => product * dim, 1);
  return { x: new Tensor('float32', new Float32Array(size).fill(0.5), shape) };
};

describe('importModel', () => {
  it('imports a layer of an encoder, attention and all', () => assertImported(encoder));

  it('names every node that is not covered, and why', async () => {
    const file = fileOf({
      inputs: { x: [1, 1, 4, 4] },
      constants: [int64s('pads', 0, 0, 1, 1, 0, 0, 1, 1)],
      nodes: [
        node('Pad', { inputs: ['x', 'pads'], outputs: ['a'], words: { mode: 'reflect' } }),
        node('LRN', { inputs: ['a'], outputs: ['b'], ints: { size: 3 } }),
        node('Relu', { inputs: ['b'], outputs: ['c'] }),
        node('LpPool', { inputs: ['c'], outputs: ['y'], lists: { kernel_shape: [2, 2] } }),
      ],
    });

    await assert.rejects(importFile(file, feed([1, 1, 4, 4])), {
      name: 'UntrainableStudentError',
      message:
        'The student can not be trained further: 3 of its 4 nodes are not covered: ' +
        'Pad (a: its mode is reflect), LRN (b), LpPool (y).',
    });
  });

  for (const { op, inputs, more, said } of [
    { op: 'LayerNormalization', inputs: ['x', 'scale'], more: ['mean'], said: 'mean' },
    { op: 'LayerNormalization', inputs: ['x', 'scale'], more: ['', 'inverse'], said: 'inverse' },
    { op: 'Dropout', inputs: ['x'], more: ['mask'], said: 'mask' },
  ])
    it(`names ${op} whose further output is used: no constant is trained instead`, async () => {
      const cast = node('Cast', { inputs: [said], outputs: ['b'], ints: { to: 1 } });
      const file = fileOf({
        inputs: { x: [2, 3] },
        constants: [floats('scale', 1, 1, 1)],
        nodes: [
          node(op, { inputs, outputs: ['a', ...more] }),
          cast,
          node('Add', { inputs: ['a', 'b'] }),
        ],
      });

      await assert.rejects(importFile(file, feed([2, 3])), {
        name: 'UntrainableStudentError',
        message:
          'The student can not be trained further: 1 of its 3 nodes are not covered: ' +
          `${op} (a: its output ${said} is used).`,
      });
    });

  for (const op of ['MaxPool', 'AveragePool'])
    it(`names a ${op} whose ceil_mode reaches over a whole kernel`, async () => {
      const lists = { kernel_shape: [2], strides: [3], dilations: [3] };
      const file = fileOf({
        inputs: { x: [1, 1, 5] },
        nodes: [node(op, { ints: { ceil_mode: 1 }, lists })],
      });

      await assert.rejects(importFile(file, feed([1, 1, 5])), {
        name: 'UntrainableStudentError',
        message: /\(y: dilated, it is padded by as much as its kernel has places\)/,
      });
    });

  it('names a Dropout that drops out as it is served', async () => {
    const file = fileOf({
      inputs: { x: [2, 3] },
      constants: [floats('ratio', 0.5), { name: 'one', data: BigInt64Array.of(1n), shape: [] }],
      nodes: [
        node('Cast', { inputs: ['one'], outputs: ['yes'], ints: { to: 9 } }),
        node('Dropout', { inputs: ['x', 'ratio', 'yes'], outputs: ['a'] }),
        node('Exp', { inputs: ['a'] }),
      ],
    });

    await assert.rejects(importFile(file, feed([2, 3])), {
      name: 'UntrainableStudentError',
      message: /Dropout \(a: it is in training mode\)/,
    });
  });

  it('does not mind a further output that is not used', async () => {
    const file = fileOf({
      inputs: { x: [2, 3] },
      constants: [floats('scale', 1, 1, 1)],
      nodes: [node('LayerNormalization', { inputs: ['x', 'scale'], outputs: ['y', 'mean', 'd'] })],
    });

    const { output } = await importFile(file, feed([2, 3]));

    assert.deepEqual(output.shape, [2, 3]);
  });

  it('refuses weights that are trained in another type than float32', async () => {
    const file = fileOf({
      inputs: { x: [2, 3] },
      nodes: [
        node('Cast', { outputs: ['a'], ints: { to: 11 } }),
        node('Exp', { inputs: ['a'], outputs: ['b'] }),
        node('Cast', { inputs: ['b'], ints: { to: 1 } }),
      ],
    });

    await assert.rejects(importFile(file, feed([2, 3])), (error: Error) => {
      assert.match(
        error.message,
        /Cast \(a: it computes in float64, weights are trained in float32/,
      );
      return true;
    });
  });

  it('takes the places of a MaxPool in the order of the file, or none', async () => {
    const model = (order: number) =>
      fileOf({
        inputs: { x: [1, 1, 4, 4] },
        nodes: [
          node('MaxPool', {
            outputs: ['a', 'places'],
            ints: { storage_order: order },
            lists: { kernel_shape: [2, 2], strides: [2, 2] },
          }),
          node('Cast', { inputs: ['places'], outputs: ['b'], ints: { to: 1 } }),
          node('Add', { inputs: ['a', 'b'] }),
        ],
      });

    assert.deepEqual((await importFile(model(0), feed([1, 1, 4, 4]))).output.shape, [1, 1, 2, 2]);
    await assert.rejects(importFile(model(1), feed([1, 1, 4, 4])), {
      name: 'UntrainableStudentError',
      message: /MaxPool \(a: its output places is used\)/,
    });
  });

  it('does not mind operators that hang on sizes alone', async () => {
    const file = fileOf({
      inputs: { x: [2, 3] },
      nodes: [
        node('Shape', { outputs: ['shape'] }),
        node('ConstantOfShape', { inputs: ['shape'], outputs: ['zeros'] }),
        node('EyeLike', { inputs: ['zeros'], outputs: ['eye'] }),
        node('Add', { inputs: ['x', 'eye'] }),
      ],
    });

    const { graph } = await importFile(file, feed([2, 3]));

    assert.deepEqual(
      graph.nodes.map(({ op }) => op),
      ['Add'],
    );
  });
});
