import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findWeights } from '../../../src/distillation/continued/find-weights.js';
import { readSource } from '../../../src/distillation/continued/source-model.js';
import { onnxFile, type OnnxConstant, type OnnxNode } from '../../support/onnx-file.js';

const floats = (name: string, ...shape: readonly number[]): OnnxConstant => {
  const length = shape.reduce((size, dim) => size * dim, 1);
  return { name, shape, data: Float32Array.from({ length }, (_, k) => k + 0.5) };
};

function weightsOf(constants: readonly OnnxConstant[], nodes: readonly OnnxNode[]): string[] {
  const file = onnxFile({
    inputs: [{ name: 'x', dtype: 'float32', shape: ['n', 4] }],
    outputs: [{ name: 'y', dtype: 'float32', shape: ['n', 4] }],
    constants,
    nodes,
  });
  return findWeights(readSource(file, 'y')).map(({ name }) => name);
}

describe('findWeights', () => {
  it('takes what is multiplied by and added, in the order of the file', () => {
    const names = weightsOf(
      [floats('bias', 4), floats('matrix', 4, 4), floats('slope', 1)],
      [
        { op: 'MatMul', inputs: ['x', 'matrix'], outputs: ['a'] },
        { op: 'Add', inputs: ['a', 'bias'], outputs: ['b'] },
        { op: 'PRelu', inputs: ['b', 'slope'], outputs: ['y'] },
      ],
    );

    assert.deepEqual(names, ['bias', 'matrix', 'slope']);
  });

  it('leaves single numbers that scale and shift, divisors and exponents', () => {
    const names = weightsOf(
      [floats('half', 1), floats('one'), floats('spread', 4), floats('two', 4)],
      [
        { op: 'Mul', inputs: ['x', 'half'], outputs: ['a'] },
        { op: 'Add', inputs: ['a', 'one'], outputs: ['b'] },
        { op: 'Div', inputs: ['b', 'spread'], outputs: ['c'] },
        { op: 'Pow', inputs: ['c', 'two'], outputs: ['y'] },
      ],
    );

    assert.deepEqual(names, []);
  });

  it('takes a single number that is added to a product with a weight', () => {
    const names = weightsOf(
      [floats('column', 4, 1), floats('one', 1), floats('bias', 1), floats('shift', 1)],
      [
        { op: 'Add', inputs: ['x', 'one'], outputs: ['a'] },
        { op: 'MatMul', inputs: ['a', 'column'], outputs: ['b'] },
        { op: 'Flatten', inputs: ['b'], outputs: ['c'] },
        { op: 'Add', inputs: ['bias', 'c'], outputs: ['d'] },
        { op: 'Sigmoid', inputs: ['d'], outputs: ['e'] },
        { op: 'Add', inputs: ['e', 'shift'], outputs: ['y'] },
      ],
    );

    assert.deepEqual(names, ['column', 'bias']);
  });

  it('sees a weight through other layouts of it, and not through arithmetic', () => {
    const names = weightsOf(
      [floats('matrix', 4, 4), floats('left', 4, 2), floats('right', 4, 2), floats('made', 4, 4)],
      [
        { op: 'Transpose', inputs: ['matrix'], outputs: ['turned'] },
        { op: 'Concat', inputs: ['left', 'right'], outputs: ['joined'], ints: { axis: 1 } },
        { op: 'Exp', inputs: ['made'], outputs: ['power'] },
        { op: 'MatMul', inputs: ['x', 'turned'], outputs: ['a'] },
        { op: 'MatMul', inputs: ['a', 'joined'], outputs: ['b'] },
        { op: 'MatMul', inputs: ['b', 'power'], outputs: ['y'] },
      ],
    );

    assert.deepEqual(names, ['matrix', 'left', 'right']);
  });

  it('takes tables, not what is looked up by, and no running mean or variance', () => {
    const names = weightsOf(
      [
        floats('table', 9, 4),
        { name: 'ids', data: BigInt64Array.of(1n, 2n), shape: [2] },
        ...['scale', 'bias', 'mean', 'variance'].map((name) => floats(name, 4)),
      ],
      [
        { op: 'Gather', inputs: ['table', 'ids'], outputs: ['rows'] },
        { op: 'Add', inputs: ['x', 'rows'], outputs: ['a'] },
        {
          op: 'BatchNormalization',
          inputs: ['a', 'scale', 'bias', 'mean', 'variance'],
          outputs: ['y'],
        },
      ],
    );

    assert.deepEqual(names, ['table', 'scale', 'bias']);
  });

  it('takes what nodes Constant hold, in whichever attribute', () => {
    const { data, shape } = floats('', 4, 4);
    const names = weightsOf(
      [],
      [
        { op: 'Constant', inputs: [], outputs: ['matrix'], value: { data, shape } },
        {
          op: 'Constant',
          inputs: [],
          outputs: ['bias'],
          floatLists: { value_floats: [1, 2, 3, 4] },
        },
        { op: 'Constant', inputs: [], outputs: ['half'], floats: { value_float: 0.5 } },
        { op: 'MatMul', inputs: ['x', 'matrix'], outputs: ['a'] },
        { op: 'Add', inputs: ['a', 'bias'], outputs: ['b'] },
        { op: 'Mul', inputs: ['b', 'half'], outputs: ['y'] },
      ],
    );

    assert.deepEqual(names, ['matrix', 'bias']);
  });

  it('leaves weights that lead to other outputs than the scores', () => {
    const names = weightsOf(
      [floats('matrix', 4, 4), floats('other', 4, 4)],
      [
        { op: 'MatMul', inputs: ['x', 'matrix'], outputs: ['y'] },
        { op: 'MatMul', inputs: ['y', 'other'], outputs: ['z'] },
      ],
    );

    assert.deepEqual(names, ['matrix']);
  });
});

describe('readSource', () => {
  it('refuses a file that is too old', () => {
    const file = onnxFile({ opset: 6, inputs: [], outputs: [], nodes: [] });

    assert.throws(() => readSource(file, 'y'), {
      name: 'UntrainableStudentError',
      message:
        "The student's file is of opset 6, the trainer reads 7 and later ones: export it again.",
    });
  });
});
