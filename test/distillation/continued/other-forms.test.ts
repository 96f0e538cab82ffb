import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { continueOnPoints } from '../../support/continue-on-points.js';
import {
  onnxFile,
  type OnnxBody,
  type OnnxFile,
  type OnnxFunction,
  type OnnxNode,
} from '../../support/onnx-file.js';
import { seededDraw } from '../../support/seeded-draw.js';
import { withDataOutside } from '../../support/with-data-outside.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const directory = temporaryDirectory();

const draw = seededDraw(3);
const tensor = (...shape: readonly number[]) => {
  const length = shape.reduce((product, dim) => product * dim, 1);
  return { shape, data: Float32Array.from({ length }, () => draw() - 0.5) };
};
const constant = (name: string, ...shape: readonly number[]): OnnxNode => ({
  ...{ op: 'Constant', inputs: [], outputs: [name], value: tensor(...shape) },
});

const studentOf = (nodes: readonly OnnxNode[], rest: Partial<OnnxFile> = {}): Uint8Array =>
  onnxFile({
    inputs: [{ name: 'X', dtype: 'float32', shape: ['n', 2] }],
    outputs: [{ name: 'scores', dtype: 'float32', shape: ['n', 2] }],
    nodes,
    ...rest,
  });

const layers: readonly OnnxNode[] = [
  { op: 'Gemm', inputs: ['X', 'w1', 'b1'], outputs: ['h'] },
  { op: 'Relu', inputs: ['h'], outputs: ['r'] },
  { op: 'Gemm', inputs: ['r', 'w2', 'b2'], outputs: ['scores'] },
];

/** One tree that asks for the first number alone. */
const tree: OnnxNode = {
  op: 'TreeEnsembleClassifier',
  domain: 'ai.onnx.ml',
  inputs: ['X'],
  outputs: ['label', 'scores'],
  lists: {
    nodes_treeids: [0, 0, 0],
    nodes_nodeids: [0, 1, 2],
    nodes_featureids: [0, 0, 0],
    nodes_truenodeids: [1, 0, 0],
    nodes_falsenodeids: [2, 0, 0],
    class_treeids: [0, 0],
    class_nodeids: [1, 2],
    class_ids: [0, 1],
    classlabels_int64s: [0, 1],
  },
  floatLists: { nodes_values: [0, 0, 0], class_weights: [1, 1] },
  wordLists: { nodes_modes: ['BRANCH_LEQ', 'LEAF', 'LEAF'] },
};

const branch: OnnxBody = {
  outputs: [{ name: 'given', dtype: 'float32' }],
  constants: [{ name: 'inner', ...tensor(2, 2) }],
  nodes: [{ op: 'MatMul', inputs: ['X', 'inner'], outputs: ['given'] }],
};

const own: OnnxFunction = {
  ...{ name: 'Layers', domain: 'own', inputs: ['X'], outputs: ['scores'] },
  nodes: [
    ...[constant('w1', 2, 4), constant('b1', 4), constant('w2', 4, 2), constant('b2', 2)],
    ...layers,
  ],
};
const call: OnnxNode = { op: 'Layers', domain: 'own', inputs: ['X'], outputs: ['h'] };

describe('continueStudent', () => {
  it('trains weights that nodes Constant hold, and leaves them nodes', async () => {
    const held = [
      constant('w1', 2, 4),
      { ...constant('b1'), value: undefined!, floatLists: { value_floats: [0, 0.1, 0.2, 0.3] } },
      constant('w2', 4, 2),
      constant('b2', 2),
    ].map(({ value, ...node }) => (value === undefined ? node : { ...node, value }));

    const { changed } = await continueOnPoints(directory, studentOf([...held, ...layers]));

    assert.deepEqual(changed, ['w1', 'b1', 'w2', 'b2']);
  });

  it('runs what comes before the weights as it is, whatever its operators', async () => {
    const nodes: readonly OnnxNode[] = [
      {
        op: 'Scaler',
        domain: 'ai.onnx.ml',
        inputs: ['X'],
        outputs: ['scaled'],
        floatLists: { offset: [0.5], scale: [0.5] },
      },
      { op: 'Mul', inputs: ['scaled', 'hundred'], outputs: ['large'] },
      { op: 'Round', inputs: ['large'], outputs: ['whole'] },
      { op: 'Div', inputs: ['whole', 'hundred'], outputs: ['rounded'] },
      { op: 'MatMul', inputs: ['rounded', 'w1'], outputs: ['h'] },
      // An input that is taken as it is, too.
      { op: 'Concat', inputs: ['h', 'X', 'rounded'], outputs: ['all'], ints: { axis: 1 } },
      { op: 'MatMul', inputs: ['all', 'w2'], outputs: ['scores'] },
    ];
    const hundred = { name: 'hundred', shape: [1], data: Float32Array.of(100) };
    const constants = [{ name: 'w1', ...tensor(2, 4) }, { name: 'w2', ...tensor(8, 2) }, hundred];

    const { changed } = await continueOnPoints(directory, studentOf(nodes, { constants }));

    assert.deepEqual(changed, ['w1', 'w2']);
  });

  it('trains on where the features of a row, made as long as 1, are all 0', async () => {
    // As PyTorch exports `normalize(relu(linear(x)))`: half of the points are behind dead ReLUs.
    const down = { name: 'w1', shape: [2, 2], data: Float32Array.of(-1, -0.5, -1, -0.7) };
    const constants = [
      ...[down, { name: 'w2', ...tensor(2, 2) }],
      { name: 'axis', shape: [1], data: BigInt64Array.of(1n) },
      { name: 'least', shape: [], data: Float32Array.of(1e-12) },
    ];
    const nodes: readonly OnnxNode[] = [
      { op: 'MatMul', inputs: ['X', 'w1'], outputs: ['h'] },
      { op: 'Relu', inputs: ['h'], outputs: ['r'] },
      { op: 'ReduceL2', inputs: ['r', 'axis'], outputs: ['norm'], ints: { keepdims: 1 } },
      { op: 'Clip', inputs: ['norm', 'least'], outputs: ['clipped'] },
      { op: 'Div', inputs: ['r', 'clipped'], outputs: ['d'] },
      { op: 'MatMul', inputs: ['d', 'w2'], outputs: ['scores'] },
    ];

    const { changed } = await continueOnPoints(directory, studentOf(nodes, { constants }));

    assert.deepEqual(changed, ['w1', 'w2']);
  });

  it('says what to do about weights in another file', async () => {
    const model = onnxFile({
      inputs: [{ name: 'X', dtype: 'float32', shape: ['n', 2] }],
      outputs: [{ name: 'scores', dtype: 'float32', shape: ['n', 2] }],
      constants: [{ name: 'w1', ...tensor(2, 2) }],
      nodes: [{ op: 'MatMul', inputs: ['X', 'w1'], outputs: ['scores'] }],
    });

    await assert.rejects(
      continueOnPoints(directory, withDataOutside(model, 'model.onnx.data')),
      /The model's weights lie in another file, model\.onnx\.data, /,
    );
  });

  for (const { name, model, said } of [
    {
      name: 'of trees',
      model: studentOf([tree]),
      said:
        'The student can not be trained further: 1 of its 1 nodes are not covered: ' +
        'ai.onnx.ml.TreeEnsembleClassifier (label).',
    },
    {
      name: 'in a branch that has them to itself',
      model: studentOf([
        { op: 'Size', inputs: ['X'], outputs: ['size'] },
        { op: 'Cast', inputs: ['size'], outputs: ['is full'], ints: { to: 9 } },
        {
          op: 'If',
          inputs: ['is full'],
          outputs: ['scores'],
          bodies: { then_branch: branch, else_branch: branch },
        },
      ]),
      said:
        'The student can not be trained further: 1 of its 3 nodes are not covered: ' +
        'If (scores).',
    },
    {
      name: 'in a local function',
      model: studentOf([{ ...call, outputs: ['scores'] }], { functions: [own] }),
      said:
        'The student can not be trained further: 1 of its 1 nodes are not covered: ' +
        'own.Layers (scores).',
    },
    {
      name: 'in a local function before a weight that is known',
      model: studentOf([call, { op: 'MatMul', inputs: ['h', 'w3'], outputs: ['scores'] }], {
        functions: [own],
        constants: [{ name: 'w3', ...tensor(2, 2) }],
      }),
      said:
        'The student can not be trained further: 1 of its 2 nodes are not covered: ' +
        'own.Layers (h).',
    },
    {
      name: 'quantised',
      model: studentOf([
        { op: 'DynamicQuantizeLinear', inputs: ['X'], outputs: ['q', 'scale', 'zero'] },
        { op: 'DequantizeLinear', inputs: ['q', 'scale', 'zero'], outputs: ['scores'] },
      ]),
      said:
        'The student has no float32 weights on the way to its scores: bring it in float32, and ' +
        'not quantised.',
    },
  ])
    it(`says what is in the way of a student without known weights: one ${name}`, async () => {
      await assert.rejects(continueOnPoints(directory, model), {
        name: 'UntrainableStudentError',
        message: said,
      });
    });
});
