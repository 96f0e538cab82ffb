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
import type { OnnxBody, OnnxNode } from '../../support/onnx-file.js';

const given = { name: 'given', dtype: 'float32' as const };
const body = (nodes: readonly OnnxNode[], rest: Partial<OnnxBody> = {}): OnnxBody => ({
  outputs: [given],
  nodes,
  ...rest,
});
const choice = (condition: string, output: string, bodies: OnnxNode['bodies']): OnnxNode =>
  node('If', { inputs: [condition], outputs: [output], bodies: bodies! });

const numbers = [int64s('zero', 0), int64s('first', 1), int64s('ones', 1), int64s('middle', 1)];

/** What PyTorch writes for `from.squeeze(1)` where the axis is of any length. */
const squeeze = (from: string, to: string): readonly OnnxNode[] => [
  node('Shape', { inputs: [from], outputs: [`${to} shape`] }),
  node('Gather', { inputs: [`${to} shape`, 'first'], outputs: [`${to} size`] }),
  node('Equal', { inputs: [`${to} size`, 'ones'], outputs: [`${to} is one`] }),
  choice(`${to} is one`, to, {
    then_branch: body([node('Squeeze', { inputs: [from, 'middle'], outputs: ['given'] })]),
    else_branch: body([node('Identity', { inputs: [from], outputs: ['given'] })]),
  }),
];

const x = { x: [2, 1, 3] };

const cases: readonly (ImportedCase & { readonly name: string })[] = [
  {
    name: 'that captures what weights lead to',
    inputs: { ...x, w: [3] },
    constants: numbers,
    nodes: [
      node('Mul', { inputs: ['x', 'w'], outputs: ['a'] }),
      ...squeeze('a', 'b'),
      node('Exp', { inputs: ['b'] }),
    ],
  },
  {
    name: 'on a part of the way alone',
    inputs: x,
    constants: [...numbers, int64s('flat', 2, 3)],
    nodes: [
      ...squeeze('x', 'a'),
      node('Exp', { inputs: ['a'], outputs: ['b'] }),
      node('Reshape', { inputs: ['x', 'flat'], outputs: ['c'] }),
      node('Mul', { inputs: ['b', 'c'] }),
    ],
  },
  {
    name: 'two of which have values of equal names, one behind the other',
    inputs: { x: [2, 1, 1, 3] },
    constants: numbers,
    nodes: [...squeeze('x', 'a'), ...squeeze('a', 'b'), node('Exp', { inputs: ['b'] })],
  },
  {
    name: 'whose other branch is taken, with constants of its own',
    inputs: { x: [2, 3, 3], w: [3] },
    constants: numbers,
    nodes: squeeze('x', 'y').map((one) =>
      one.op !== 'If'
        ? one
        : choice('y is one', 'y', {
            then_branch: body([node('Identity', { outputs: ['given'] })]),
            else_branch: body(
              [
                node('Mul', { inputs: ['x', 'w'], outputs: ['a'] }),
                node('Mul', { inputs: ['a', 'factor'], outputs: ['given'] }),
              ],
              { constants: [floats('factor', 2, 3, 4)] },
            ),
          }),
    ),
  },
  {
    name: 'in another one, whose condition is a value of that branch',
    inputs: { ...x, w: [3] },
    constants: numbers,
    nodes: squeeze('x', 'y').map((one) =>
      one.op !== 'If'
        ? one
        : choice('y is one', 'y', {
            then_branch: body([
              node('Mul', { inputs: ['x', 'w'], outputs: ['a'] }),
              ...squeeze('a', 'given'),
            ]),
            else_branch: body([node('Identity', { outputs: ['given'] })]),
          }),
    ),
  },
];

const uncoveredBranch = squeeze('x', 'y').map((one) =>
  one.op !== 'If'
    ? one
    : choice('y is one', 'y', {
        then_branch: body([
          node('LpNormalization', { outputs: ['a'] }),
          node('Squeeze', { inputs: ['a', 'middle'], outputs: ['given'] }),
        ]),
        else_branch: body([node('Identity', { outputs: ['given'] })]),
      }),
);

const feeds = { x: new Tensor('float32', Float32Array.of(1, 2, 3, 4, 5, 6), [2, 1, 3]) };
const bothWays = {
  then_branch: body([node('Exp', { outputs: ['given'] })]),
  else_branch: body([node('Neg', { outputs: ['given'] })]),
};

async function assertUncovered(
  nodes: readonly OnnxNode[],
  words: string,
  count = nodes.length,
): Promise<void> {
  const constants = [...numbers, floats('limit', 0.5), int64s('turns', 2)];
  await assert.rejects(importFile(fileOf({ inputs: x, constants, nodes }), feeds), {
    name: 'UntrainableStudentError',
    message: `The student can not be trained further: 1 of its ${count} nodes are not ${words}`,
  });
}

describe('an If that goes one way for all rows', () => {
  for (const { name, ...one } of cases)
    it(`is that branch: one ${name}`, () => assertImported(one));
});

describe('what has bodies', () => {
  it('is named by what is in the branch that is taken', () =>
    assertUncovered(uncoveredBranch, 'covered: LpNormalization (y/a).', 3));

  it('is not covered where the way hangs on the rows', () =>
    assertUncovered(
      [
        node('ReduceMax', { outputs: ['most'], ints: { keepdims: 0 } }),
        node('Greater', { inputs: ['most', 'limit'], outputs: ['is more'] }),
        choice('is more', 'y', bothWays),
      ],
      'covered: If (y).',
    ));

  it('is not covered where it is repeated, though it captures the rows, and deep inside', () =>
    assertUncovered(
      [
        node('Exp', { outputs: ['a'] }),
        node('Loop', {
          inputs: ['turns', ''],
          outputs: ['y'],
          bodies: {
            body: {
              inputs: [
                { name: 'turn', dtype: 'int64', shape: [] },
                { name: 'go', dtype: 'bool', shape: [] },
              ],
              outputs: [{ name: 'goes', dtype: 'bool', shape: [] }, given],
              nodes: [
                node('Identity', { inputs: ['go'], outputs: ['goes'] }),
                choice('go', 'given', {
                  then_branch: body([node('Tanh', { inputs: ['a'], outputs: ['given then'] })], {
                    outputs: [{ name: 'given then', dtype: 'float32' }],
                  }),
                  else_branch: body([node('Neg', { inputs: ['a'], outputs: ['given else'] })], {
                    outputs: [{ name: 'given else', dtype: 'float32' }],
                  }),
                }),
              ],
            },
          },
        }),
      ],
      'covered: Loop (y).',
    ));
});
