import { describe, it } from 'node:test';
import * as op from '../../../src/onnx/operators.js';
import { assertGradients } from '../../support/assert-gradients.js';

describe('the gradient of a convolution equals finite differences', () => {
  const cases: readonly {
    readonly name: string;
    readonly x: readonly number[];
    readonly weight: readonly number[];
    readonly padding: number;
  }[] = [
    { name: 'one channel, no padding', x: [1, 1, 4, 4], weight: [1, 1, 3, 3], padding: 0 },
    { name: 'several rows and channels', x: [2, 3, 4, 4], weight: [2, 3, 3, 3], padding: 0 },
    { name: 'padding 1', x: [2, 2, 4, 4], weight: [3, 2, 3, 3], padding: 1 },
    { name: 'a wide image', x: [2, 2, 3, 5], weight: [2, 2, 3, 3], padding: 1 },
    { name: 'a tall image, no padding', x: [1, 2, 6, 3], weight: [2, 2, 3, 3], padding: 0 },
    { name: 'a kernel that is no square', x: [2, 2, 4, 5], weight: [2, 2, 2, 3], padding: 0 },
    { name: 'a kernel of one pixel', x: [2, 3, 2, 2], weight: [2, 3, 1, 1], padding: 0 },
  ];
  for (const { name, x, weight, padding } of cases) {
    it(name, () =>
      assertGradients({
        shapes: { x, weight },
        build: (graph, inputs) => op.conv(graph, inputs['x']!, inputs['weight']!, padding),
      }),
    );
  }
});

interface Slide {
  readonly name: string;
  readonly x: readonly number[];
  readonly weight: readonly number[];
  readonly lists?: Readonly<Record<string, readonly number[]>>;
  readonly group?: number;
  /** Of the result, by hand. */
  readonly to: readonly number[];
}

describe('the gradient of a convolution with a bias equals finite differences', () => {
  const cases: readonly Slide[] = [
    {
      name: 'strides that divide',
      x: [2, 2, 5, 5],
      weight: [3, 2, 3, 3],
      lists: { strides: [2, 2] },
      to: [2, 3, 2, 2],
    },
    {
      name: 'strides that step over the last row and column',
      x: [2, 2, 6, 7],
      weight: [3, 2, 3, 2],
      lists: { strides: [2, 3] },
      to: [2, 3, 2, 2],
    },
    {
      name: 'padding that differs from side to side',
      x: [1, 2, 4, 4],
      weight: [2, 2, 3, 3],
      lists: { pads: [0, 1, 2, 1] },
      to: [1, 2, 4, 4],
    },
    {
      name: 'dilations',
      x: [2, 1, 7, 6],
      weight: [2, 1, 3, 2],
      lists: { dilations: [2, 3] },
      to: [2, 2, 3, 3],
    },
    {
      name: 'dilations, strides and padding, a row left over',
      x: [2, 2, 8, 8],
      weight: [2, 2, 3, 3],
      lists: { dilations: [2, 2], strides: [2, 3], pads: [1, 0, 0, 1] },
      to: [2, 2, 3, 2],
    },
    {
      name: 'dilations with strides, more than one dilation left over',
      x: [1, 1, 9, 9],
      weight: [1, 1, 2, 2],
      lists: { dilations: [2, 2], strides: [5, 5] },
      to: [1, 1, 2, 2],
    },
    {
      name: 'two groups',
      x: [2, 4, 4, 4],
      weight: [6, 2, 3, 3],
      lists: { pads: [1, 1, 1, 1] },
      group: 2,
      to: [2, 6, 4, 4],
    },
    {
      name: 'a channel a group, strides',
      x: [2, 3, 5, 5],
      weight: [3, 1, 3, 3],
      lists: { strides: [2, 2], pads: [1, 1, 1, 1] },
      group: 3,
      to: [2, 3, 3, 3],
    },
    {
      name: 'along a line',
      x: [2, 3, 9],
      weight: [2, 3, 4],
      lists: { strides: [2], pads: [1, 1] },
      to: [2, 2, 4],
    },
    {
      name: 'in a volume',
      x: [1, 2, 3, 4, 3],
      weight: [2, 2, 2, 2, 2],
      to: [1, 2, 2, 3, 2],
    },
  ];
  for (const { name, x, weight, lists = {}, group = 1, to } of cases) {
    it(name, () =>
      assertGradients({
        shapes: { x, weight, bias: [weight[0]!] },
        build: (graph, inputs) =>
          graph.apply('Conv', [inputs['x']!, inputs['weight']!, inputs['bias']!], to, {
            ...intsOf(lists),
            group: { int: group },
          }),
      }),
    );
  }
});

const intsOf = (lists: Readonly<Record<string, readonly number[]>>) =>
  Object.fromEntries(Object.entries(lists).map(([name, ints]) => [name, { ints }]));

describe('the gradient of pools of any kind equals finite differences', () => {
  const pools: readonly Omit<Slide, 'weight'>[] = [
    {
      name: 'windows that overlap',
      x: [2, 2, 5, 5],
      lists: { kernel_shape: [3, 3], strides: [2, 2] },
      to: [2, 2, 2, 2],
    },
    {
      name: 'padding',
      x: [1, 2, 4, 5],
      lists: { kernel_shape: [3, 2], strides: [2, 1], pads: [1, 0, 1, 1] },
      to: [1, 2, 2, 5],
    },
    {
      name: 'windows apart, a rest',
      x: [1, 1, 7, 5],
      lists: { kernel_shape: [2, 2], strides: [3, 2] },
      to: [1, 1, 2, 2],
    },
    {
      name: 'along a line',
      x: [2, 3, 8],
      lists: { kernel_shape: [2], strides: [2] },
      to: [2, 3, 4],
    },
  ];
  for (const { name, x, lists = {}, to } of pools) {
    it(`MaxPool: ${name}`, () =>
      assertGradients({
        shapes: { x },
        values: 'apart',
        build: (graph, inputs) => {
          const node = { op: 'MaxPool', inputs: [inputs['x']!], attributes: intsOf(lists) };
          const outputs = [
            { shape: to, type: 'float32' },
            { shape: to, type: 'int64' },
          ] as const;
          return graph.applyMany(node, outputs)[0]!;
        },
      }));

    for (const isPadCounted of [0, 1]) {
      it(`AveragePool: ${name}, padding ${isPadCounted === 1 ? 'counted' : 'left out'}`, () =>
        assertGradients({
          shapes: { x },
          build: (graph, inputs) =>
            graph.apply('AveragePool', [op.mul(graph, inputs['x']!, inputs['x']!)], to, {
              ...intsOf(lists),
              count_include_pad: { int: isPadCounted },
            }),
        }));
    }
  }
});

describe('the gradient of pooling goes to the maxima alone', () => {
  for (const { name, shape, size } of [
    { name: 'even sizes', shape: [2, 2, 4, 4], size: 2 },
    { name: 'odd sizes, whose last row and column are dropped', shape: [2, 2, 5, 3], size: 2 },
    { name: 'windows of three', shape: [1, 2, 7, 6], size: 3 },
  ]) {
    it(name, () =>
      assertGradients({
        shapes: { x: shape },
        values: 'apart',
        build: (graph, { x }) => op.maxPool(graph, x!, size),
      }),
    );
  }

  it('through a convolution, a bias, a rectifier and a pool, as in a teacher', () =>
    assertGradients({
      shapes: { x: [2, 2, 5, 4], weight: [3, 2, 3, 3], bias: [3, 1, 1] },
      build: (graph, { x, weight, bias }) => {
        const slid = op.add(graph, op.conv(graph, x!, weight!, 1), bias!);
        // Far from 0 on one side: a kink inside a step would spoil the differences, not the rule.
        const shifted = op.add(graph, slid, op.scalar(graph, 4));
        return op.maxPool(graph, op.relu(graph, shifted), 2);
      },
    }));
});
