import { describe, it } from 'node:test';
import {
  assertImported,
  floats,
  int64s,
  node,
  type ImportedCase,
} from '../../support/assert-imported.js';

type Case = ImportedCase & { readonly name: string };

const x = { x: [2, 3, 4] };
const image = { x: [2, 2, 5, 5] };

const elementwise: readonly Case[] = [
  { name: 'Max of three', inputs: { x: [4], b: [4], c: [] } },
  { name: 'Min of one', inputs: { x: [4] }, values: 'apart' },
  { name: 'Sum of three', inputs: { x: [2, 3], b: [3], c: [2, 1] } },
].map((one) => {
  const inputs = Object.keys(one.inputs);
  return { ...one, nodes: [node(one.name.split(' ')[0]!, { inputs })] } as Case;
});

const cases: readonly Case[] = [
  ...elementwise,
  {
    name: 'Clip before opset 11, bounds as attributes',
    inputs: x,
    opset: 10,
    values: 'apart',
    nodes: [node('Clip', { floats: { min: -0.25, max: 0.375 } })],
  },
  {
    name: 'Clip with an upper bound alone',
    inputs: x,
    values: 'apart',
    constants: [floats('high', 0.25)],
    nodes: [node('Clip', { inputs: ['x', '', 'high'] })],
  },
  {
    name: 'Pow with a whole number',
    inputs: x,
    constants: [{ name: 'n', data: BigInt64Array.of(3n), shape: [] }],
    nodes: [node('Pow', { inputs: ['x', 'n'] })],
  },
  {
    name: 'PRelu',
    inputs: { x: [2, 3, 4], slope: [3, 1] },
    values: 'apart',
    nodes: [node('PRelu', { inputs: ['x', 'slope'] })],
  },
  ...['HardSigmoid', 'HardSwish', 'Mish', 'Softsign', 'Selu', 'LeakyRelu', 'Elu', 'Gelu'].map(
    (op): Case => ({ name: op, inputs: { x: [3, 8] }, values: 'apart', nodes: [node(op)] }),
  ),
  {
    name: 'Gelu by tanh',
    inputs: x,
    nodes: [node('Gelu', { words: { approximate: 'tanh' } })],
  },
  {
    name: 'HardSigmoid with its own line',
    inputs: x,
    values: 'apart',
    nodes: [node('HardSigmoid', { floats: { alpha: 0.5, beta: 0.25 } })],
  },
  {
    name: 'Cast to float32, Identity and Dropout, which do nothing',
    inputs: x,
    nodes: [
      node('Cast', { ints: { to: 1 }, outputs: ['a'] }),
      node('Identity', { inputs: ['a'], outputs: ['b'] }),
      node('Dropout', { inputs: ['b'], outputs: ['c'] }),
      node('Mul', { inputs: ['c', 'c'] }),
    ],
  },
  {
    name: 'Squeeze and Unsqueeze before opset 13, axes as attributes',
    inputs: { x: [2, 1, 3, 1] },
    opset: 11,
    nodes: [
      node('Squeeze', { lists: { axes: [1, 3] }, outputs: ['a'] }),
      node('Unsqueeze', { inputs: ['a'], outputs: ['b'], lists: { axes: [0] } }),
      node('Exp', { inputs: ['b'] }),
    ],
  },
  {
    name: 'Squeeze of all, and Unsqueeze by an axis from the end',
    inputs: { x: [2, 1, 3, 1] },
    constants: [int64s('axes', -1)],
    nodes: [
      node('Squeeze', { outputs: ['a'] }),
      node('Unsqueeze', { inputs: ['a', 'axes'], outputs: ['b'] }),
      node('Exp', { inputs: ['b'] }),
    ],
  },
  {
    name: 'Reshape to a shape that is computed from the shape',
    inputs: x,
    constants: [int64s('zero', 0), int64s('rest', -1)],
    nodes: [
      node('Shape', { outputs: ['shape'] }),
      node('Gather', { inputs: ['shape', 'zero'], outputs: ['rows'], ints: { axis: 0 } }),
      node('Concat', { inputs: ['rows', 'rest'], outputs: ['flat'], ints: { axis: 0 } }),
      node('Reshape', { inputs: ['x', 'flat'], outputs: ['a'] }),
      node('Exp', { inputs: ['a'] }),
    ],
  },
  { name: 'Flatten from axis 2 on', inputs: x, nodes: [node('Flatten', { ints: { axis: 2 } })] },
  { name: 'Transpose without a permutation', inputs: x, nodes: [node('Transpose')] },
  {
    name: 'Expand',
    inputs: { x: [3, 1] },
    constants: [int64s('shape', 2, 1, 4)],
    nodes: [node('Expand', { inputs: ['x', 'shape'] })],
  },
  {
    name: 'Tile',
    inputs: { x: [2, 3] },
    constants: [int64s('repeats', 2, 3)],
    nodes: [node('Tile', { inputs: ['x', 'repeats'] })],
  },
  {
    name: 'Concat along an axis from the end',
    inputs: { x: [2, 3], b: [2, 1] },
    nodes: [node('Concat', { inputs: ['x', 'b', 'x'], ints: { axis: -1 } })],
  },
  ...[
    { opset: 11, lists: { split: [1, 2] }, more: [] },
    { opset: 13, lists: {}, more: ['sizes'] },
  ].map(({ opset, lists, more }): Case => ({
    name: `Split in opset ${opset}, both parts used`,
    inputs: { x: [2, 3] },
    opset,
    constants: [int64s('sizes', 1, 2)],
    nodes: [
      node('Split', { inputs: ['x', ...more], outputs: ['a', 'b'], ints: { axis: 1 }, lists }),
      node('Mul', { inputs: ['a', 'b'] }),
    ],
  })),
  {
    name: 'Slice before opset 10',
    inputs: x,
    opset: 9,
    nodes: [node('Slice', { lists: { starts: [1, -3], ends: [9, -1], axes: [1, 2] } })],
  },
  {
    name: 'Slice by steps, one of them backwards',
    inputs: { x: [4, 5] },
    constants: [
      int64s('starts', -1, 0),
      int64s('ends', -9, 5),
      int64s('axes', 0, -1),
      int64s('steps', -2, 3),
    ],
    nodes: [node('Slice', { inputs: ['x', 'starts', 'ends', 'axes', 'steps'] })],
  },
  {
    name: 'Gather of one place, as of a first token',
    inputs: x,
    constants: [{ name: 'first', data: BigInt64Array.of(0n), shape: [] }],
    nodes: [node('Gather', { inputs: ['x', 'first'], ints: { axis: 1 } })],
  },
  {
    name: 'Pad before opset 11',
    inputs: { x: [2, 3] },
    opset: 10,
    nodes: [node('Pad', { lists: { pads: [0, 1, 2, 0] }, floats: { value: 0.5 } })],
  },
  {
    name: 'Pad of some axes',
    inputs: { x: [2, 3] },
    constants: [int64s('pads', 1, 2), floats('value', 0.5), int64s('axes', -1)],
    nodes: [node('Pad', { inputs: ['x', 'pads', 'value', 'axes'] })],
  },
  ...[
    { pads: [0, -1, 0, -2], padding: 'that takes away' },
    { pads: [1, -2, -1, 3], padding: 'that takes away before and adds after' },
  ].map(({ pads, padding }): Case => ({
    name: `Pad ${padding}`,
    inputs: { x: [3, 5] },
    constants: [int64s('pads', ...pads), floats('value', 0.5)],
    nodes: [node('Pad', { inputs: ['x', 'pads', 'value'] })],
  })),
  {
    name: 'ReduceL2 over nothing',
    inputs: x,
    values: 'apart',
    nodes: [node('ReduceL2', { ints: { noop_with_empty_axes: 1 } })],
  },
  {
    name: 'ReduceMean before opset 18, axes as an attribute',
    inputs: x,
    opset: 13,
    nodes: [node('ReduceMean', { lists: { axes: [-1, 0] }, ints: { keepdims: 0 } })],
  },
  {
    name: 'ReduceSum over an input of axes, kept by default',
    inputs: x,
    constants: [int64s('axes', 1, -1)],
    nodes: [node('ReduceSum', { inputs: ['x', 'axes'] })],
  },
  { name: 'ReduceSum over all', inputs: x, nodes: [node('ReduceSum', { ints: { keepdims: 0 } })] },
  {
    name: 'ReduceSum over nothing',
    inputs: x,
    nodes: [node('ReduceSum', { ints: { noop_with_empty_axes: 1 } })],
  },
  ...['ReduceMax', 'ReduceMin', 'ReduceL2', 'ReduceSumSquare'].map((op): Case => ({
    name: op,
    inputs: { x: [3, 4] },
    values: 'apart',
    constants: [int64s('axes', 1)],
    nodes: [node(op, { inputs: ['x', 'axes'], ints: { keepdims: 0 } })],
  })),
  {
    name: 'Softmax before opset 13, over all from axis 1',
    inputs: x,
    opset: 11,
    nodes: [node('Softmax')],
  },
  {
    name: 'LogSoftmax before opset 13, over the last axis',
    inputs: x,
    opset: 11,
    nodes: [node('LogSoftmax', { ints: { axis: 2 } })],
  },
  { name: 'Softmax along axis 1', inputs: x, nodes: [node('Softmax', { ints: { axis: 1 } })] },
  {
    name: 'LayerNormalization without a bias',
    inputs: { x: [2, 3, 4], scale: [4] },
    nodes: [node('LayerNormalization', { inputs: ['x', 'scale'], floats: { epsilon: 0.01 } })],
  },
  {
    name: 'BatchNormalization',
    inputs: { x: [2, 3, 2, 2], scale: [3], bias: [3], mean: [3], variance: [3] },
    nodes: [node('BatchNormalization', { inputs: ['x', 'scale', 'bias', 'mean', 'variance'] })],
  },
  {
    name: 'InstanceNormalization',
    inputs: { x: [2, 3, 2, 3], scale: [3], bias: [3] },
    nodes: [
      node('InstanceNormalization', { inputs: ['x', 'scale', 'bias'], floats: { epsilon: 0.1 } }),
    ],
  },
  {
    name: 'Gemm, all of its attributes',
    inputs: { x: [3, 2], b: [4, 3], c: [4] },
    nodes: [
      node('Gemm', {
        inputs: ['x', 'b', 'c'],
        ints: { transA: 1, transB: 1 },
        floats: { alpha: 0.5, beta: 2 },
      }),
    ],
  },
  ...[
    { x: [3], b: [3, 2] },
    { x: [2, 2, 3], b: [3] },
    { x: [3], b: [3] },
    { x: [2, 2, 3], b: [2, 3, 2] },
  ].map((inputs): Case => ({
    name: `MatMul of [${inputs.x.join()}] and [${inputs.b.join()}]`,
    inputs,
    nodes: [node('MatMul', { inputs: ['x', 'b'] })],
  })),
  ...['SAME_UPPER', 'SAME_LOWER', 'VALID'].map((pad): Case => ({
    name: `Conv padded ${pad}`,
    inputs: { x: [1, 1, 5, 4], w: [1, 1, 2, 3] },
    nodes: [
      node('Conv', {
        inputs: ['x', 'w'],
        words: { auto_pad: pad },
        lists: { strides: [2, 1] },
      }),
    ],
  })),
  {
    name: 'Conv by groups, with a bias, dilated',
    inputs: { x: [1, 4, 5, 5], w: [2, 2, 2, 2], bias: [2] },
    nodes: [
      node('Conv', {
        inputs: ['x', 'w', 'bias'],
        ints: { group: 2 },
        lists: { dilations: [2, 2], pads: [0, 1, 1, 0] },
      }),
    ],
  },
  ...['MaxPool', 'AveragePool'].flatMap((op): Case[] => [
    {
      name: `${op} with ceil_mode`,
      inputs: image,
      values: 'apart',
      nodes: [
        node(op, { ints: { ceil_mode: 1 }, lists: { kernel_shape: [2, 2], strides: [2, 2] } }),
      ],
    },
    {
      name: `${op} padded SAME_LOWER, windows overlapping`,
      inputs: image,
      values: 'apart',
      nodes: [
        node(op, {
          words: { auto_pad: 'SAME_LOWER' },
          lists: { kernel_shape: [3, 2], strides: [2, 1] },
        }),
      ],
    },
  ]),
  {
    name: 'MaxPool of another order of places',
    inputs: image,
    values: 'apart',
    nodes: [node('MaxPool', { ints: { storage_order: 1 }, lists: { kernel_shape: [2, 3] } })],
  },
  ...[
    { x: [1, 2, 6, 6], kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], opset: 10 },
    { x: [1, 2, 6, 6], kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
    { x: [1, 1, 6, 4], kernel: [4, 3], strides: [3, 3], pads: [1, 0, 1, 1] },
    { x: [1, 1, 7, 7], kernel: [3, 2], strides: [3, 3], pads: [0, 1, 0, 0], dilations: [2, 2] },
    { x: [1, 2, 6], kernel: [3], strides: [2], pads: [1, 1] },
    { x: [1, 1, 4, 4, 6], kernel: [3, 2, 3], strides: [2, 2, 2], pads: [1, 0, 1, 1, 0, 1] },
  ].map(({ x, kernel, opset, ...lists }): Case => ({
    name: `AveragePool of [${x.join()}] with ceil_mode, which counts padding, opset ${opset ?? 21}`,
    inputs: { x },
    opset: opset ?? 21,
    nodes: [
      node('AveragePool', {
        ints: { ceil_mode: 1, count_include_pad: 1 },
        lists: { kernel_shape: kernel, ...lists },
      }),
    ],
  })),
  { name: 'GlobalAveragePool', inputs: image, nodes: [node('GlobalAveragePool')] },
  { name: 'GlobalMaxPool', inputs: image, values: 'apart', nodes: [node('GlobalMaxPool')] },
  {
    name: 'a mask: Where, by a comparison of what is learnt',
    inputs: x,
    values: 'apart',
    constants: [floats('none', 0)],
    nodes: [
      node('Greater', { inputs: ['x', 'none'], outputs: ['isAbove'] }),
      node('Not', { inputs: ['isAbove'], outputs: ['isBelow'] }),
      node('Neg', { outputs: ['negative'] }),
      node('Where', { inputs: ['isBelow', 'negative', 'x'] }),
    ],
  },
];

describe('an imported model gives what its file gives, and its gradients', () => {
  for (const { name, ...one } of cases) it(name, () => assertImported(one));
});
