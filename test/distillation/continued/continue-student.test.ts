import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { continueOnPoints } from '../../support/continue-on-points.js';
import { onnxFile, type OnnxNode } from '../../support/onnx-file.js';
import { seededDraw } from '../../support/seeded-draw.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const directory = temporaryDirectory();

const draw = seededDraw(3);
const matrix = (name: string, rows: number, columns: number) => ({
  name,
  shape: [rows, columns],
  data: Float32Array.from({ length: rows * columns }, () => draw() - 0.5),
});
const numbers = (name: string, ...values: readonly number[]) => ({
  name,
  shape: [values.length],
  data: BigInt64Array.from(values.map(BigInt)),
});
const constants = [
  matrix('w1', 2, 4),
  matrix('w2', 4, 2),
  matrix('w3', 4, 4),
  numbers('axis', 1),
  numbers('one', 1),
  numbers('three', 3),
  numbers('rows', -1, 4),
  numbers('halves', -1, 2),
  { name: 'limit', shape: [], data: Float32Array.of(1.8) },
];
const bodyOf = (node: Omit<OnnxNode, 'outputs'>) => ({
  outputs: [{ name: 'given', dtype: 'float32' as const }],
  nodes: [{ ...node, outputs: ['given'] }],
});

const studentOf = (nodes: readonly OnnxNode[]): Uint8Array =>
  onnxFile({
    inputs: [{ name: 'X', dtype: 'float32', shape: ['n', 2] }],
    outputs: [{ name: 'scores', dtype: 'float32', shape: ['n', 2] }],
    constants,
    nodes,
  });

/** As PyTorch exports `squeeze(1)`: all that is behind it hangs on what the branches capture. */
const squeezed: readonly OnnxNode[] = [
  { op: 'MatMul', inputs: ['X', 'w1'], outputs: ['h'] },
  { op: 'Unsqueeze', inputs: ['h', 'axis'], outputs: ['column'] },
  { op: 'Shape', inputs: ['column'], outputs: ['shape'] },
  { op: 'Gather', inputs: ['shape', 'axis'], outputs: ['size'] },
  { op: 'Equal', inputs: ['size', 'one'], outputs: ['is one'] },
  {
    op: 'If',
    inputs: ['is one'],
    outputs: ['flat'],
    bodies: {
      then_branch: {
        outputs: [{ name: 'given', dtype: 'float32' }],
        nodes: [
          { op: 'Squeeze', inputs: ['column', 'axis'], outputs: ['row'] },
          { op: 'MatMul', inputs: ['row', 'w3'], outputs: ['given'] },
        ],
      },
      else_branch: bodyOf({ op: 'Identity', inputs: ['column'] }),
    },
  },
  { op: 'MatMul', inputs: ['flat', 'w2'], outputs: ['scores'] },
];

const continued = async (nodes: readonly OnnxNode[]): Promise<readonly string[]> =>
  (await continueOnPoints(directory, studentOf(nodes))).changed;

describe('continueStudent', () => {
  it('trains the weights before, in and behind an If of sizes', async () => {
    assert.deepEqual(await continued(squeezed), ['w1', 'w2', 'w3']);
  });

  it('names what has bodies where no weights are found outside', async () => {
    const product = bodyOf({ op: 'MatMul', inputs: ['X', 'w1'] });
    const nodes: readonly OnnxNode[] = [
      { op: 'ReduceMax', inputs: ['X'], outputs: ['most'], ints: { keepdims: 0 } },
      { op: 'Greater', inputs: ['most', 'most'], outputs: ['is more'] },
      {
        op: 'If',
        inputs: ['is more'],
        outputs: ['h'],
        bodies: { then_branch: product, else_branch: product },
      },
      { op: 'Slice', inputs: ['h', 'axis', 'three', 'axis'], outputs: ['scores'] },
    ];

    await assert.rejects(continued(nodes), {
      name: 'UntrainableStudentError',
      message: 'The student can not be trained further: 1 of its 4 nodes are not covered: If (h).',
    });
  });

  it('says which weights can not learn, in the names of the file', async () => {
    const nodes: readonly OnnxNode[] = [
      { op: 'MatMul', inputs: ['X', 'w1'], outputs: ['h'] },
      { op: 'Cast', inputs: ['h'], outputs: ['whole'], ints: { to: 7 } },
      { op: 'Cast', inputs: ['whole'], outputs: ['steps'], ints: { to: 1 } },
      { op: 'MatMul', inputs: ['steps', 'w2'], outputs: ['scores'] },
    ];

    await assert.rejects(continued(nodes), {
      name: 'UntrainableStudentError',
      message:
        'The student can not be trained further: its scores do not change smoothly with its ' +
        'weights w1, so that these can not learn.',
    });
  });

  it('refuses a graph that is right for the row alone that it was measured on', async () => {
    const nodes: readonly OnnxNode[] = [
      { op: 'MatMul', inputs: ['X', 'w1'], outputs: ['h'] },
      // A size that hangs on the rows: 4 for the first, half of it where others are with it.
      { op: 'ReduceMax', inputs: ['X'], outputs: ['most'], ints: { keepdims: 0 } },
      { op: 'Greater', inputs: ['most', 'limit'], outputs: ['is more'] },
      { op: 'Where', inputs: ['is more', 'halves', 'rows'], outputs: ['sizes'] },
      { op: 'Reshape', inputs: ['h', 'sizes'], outputs: ['cut'] },
      { op: 'Shape', inputs: ['cut'], outputs: ['shape'] },
      { op: 'Gather', inputs: ['shape', 'axis'], outputs: ['size'] },
      { op: 'Cast', inputs: ['size'], outputs: ['factor'], ints: { to: 1 } },
      { op: 'MatMul', inputs: ['h', 'w2'], outputs: ['o'] },
      { op: 'Mul', inputs: ['o', 'factor'], outputs: ['scores'] },
    ];

    await assert.rejects(continued(nodes), {
      name: 'UntrainableStudentError',
      message: /as it is served, and .* as it would be trained/,
    });
  });
});
