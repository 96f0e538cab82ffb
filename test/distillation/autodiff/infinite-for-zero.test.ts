import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gradients } from '../../../src/distillation/autodiff/gradients.js';
import { Graph, type Value } from '../../../src/onnx/graph.js';
import * as op from '../../../src/onnx/operators.js';
import { runGraph } from '../../support/run-graph.js';

interface ZeroCase {
  readonly name: string;
  /** By the names of inputs: all are differentiated by. */
  readonly feeds: Readonly<Record<string, readonly number[]>>;
  readonly shape?: readonly number[];
  readonly build: (graph: Graph, inputs: Readonly<Record<string, Value>>) => Value;
  /** What the gradient of each output comes as. */
  readonly incoming: readonly number[];
  readonly expected: Readonly<Record<string, readonly number[]>>;
}

const power = (graph: Graph, x: Value, ...exponents: readonly number[]): Value =>
  op.pow(graph, x, graph.constant(Float32Array.from(exponents), [exponents.length]));
const norm = (graph: Graph, x: Value, keepdims: number): Value => {
  const shape = keepdims === 1 ? [2, 1] : [2];
  const inputs = [x, op.int64s(graph, [1])];
  return graph.apply('ReduceL2', inputs, shape, { keepdims: { int: keepdims } });
};

/** At 0 with a gradient of 0, at 0 with one of 1, and at 4. */
const zeros = { feeds: { x: [0, 0, 4] }, incoming: [0, 1, 2] };

/** Numbers are PyTorch 2's (normalisation, norm, powers of 0, 1.5 and 1, by the exponent), or
 * closed forms; where PyTorch has NaN or an infinity, 0 is expected. */
const cases: readonly ZeroCase[] = [
  {
    name: 'a norm of zeros',
    feeds: { x: [0, 0, 3, 4] },
    shape: [2, 2],
    build: (graph, { x }) => norm(graph, x!, 0),
    incoming: [2, -3],
    expected: { x: [0, 0, -1.8, -2.4] },
  },
  {
    name: 'torch.nn.functional.normalize of zeros, as it is exported',
    feeds: { x: [0, 0, 3, 4] },
    shape: [2, 2],
    build: (graph, { x }) => {
      const bounds = [1e-12, 3e38].map((bound) => op.scalar(graph, bound));
      const clipped = graph.apply('Clip', [norm(graph, x!, 1), ...bounds], [2, 1]);
      return op.div(graph, x!, clipped);
    },
    incoming: [1, -2, 0.5, 3],
    expected: { x: [1e12, -2e12, -0.224, 0.168] },
  },
  {
    ...{ name: 'sqrt', ...zeros, build: (graph, { x }) => op.sqrt(graph, x!) },
    expected: { x: [0, 0, 0.5] },
  },
  ...[
    { exponent: 0.5, slopes: [0, 0, 0.5] },
    { exponent: -1, slopes: [0, 0, -0.125] },
    { exponent: 0, slopes: [0, 0, 0] },
    { exponent: 1, slopes: [0, 1, 2] },
    { exponent: 1.5, slopes: [0, 0, 6] },
  ].map(({ exponent, slopes }): ZeroCase => ({
    ...{ name: `x^${exponent}`, ...zeros, expected: { x: slopes } },
    build: (graph, { x }) => power(graph, x!, exponent),
  })),
  {
    name: 'powers, each of its own exponent',
    feeds: { x: [0, 0, 4] },
    build: (graph, { x }) => power(graph, x!, 1, 0.5, 2),
    incoming: [3, 1, 2],
    expected: { x: [3, 0, 16] },
  },
  {
    name: 'powers by exponents that are learnt',
    feeds: { x: [0, 0, 4], y: [2, 0, 0.5] },
    build: (graph, { x, y }) => op.pow(graph, x!, y!),
    incoming: [3, 1, 2],
    expected: { x: [0, 0, 0.5], y: [0, 0, 4 * Math.log(4)] },
  },
  {
    ...{ name: 'log', ...zeros, build: (graph, { x }) => op.log(graph, x!) },
    expected: { x: [0, 0, 0.5] },
  },
  {
    ...{ name: 'reciprocal', ...zeros, expected: { x: [0, 0, -0.125] } },
    build: (graph, { x }) => graph.apply('Reciprocal', [x!], [3]),
  },
  {
    name: 'a quotient by 0',
    feeds: { x: [1, 0, 6], y: [0, 0, 2] },
    build: (graph, { x, y }) => op.div(graph, x!, y!),
    incoming: [0, 0, 2],
    expected: { x: [0, 0, 1], y: [0, 0, -3] },
  },
  {
    name: 'exp, where it is infinite and not used',
    feeds: { x: [100, 0] },
    build: (graph, { x }) => op.exp(graph, x!),
    incoming: [0, 2],
    expected: { x: [0, 2] },
  },
];

describe('a gradient stays a number where a slope is infinite', () => {
  for (const { name, feeds, shape, build, incoming, expected } of cases)
    it(`of ${name}`, async () => {
      const graph = new Graph();
      const inputs = Object.fromEntries(
        Object.entries(feeds).map(([own, data]) => [own, graph.input(own, shape ?? [data.length])]),
      );
      const output = build(graph, inputs);
      const sizes = output.shape.map(Number);
      const parts = op.mul(graph, output, graph.constant(Float32Array.from(incoming), sizes));
      const loss = op.reduceSum(graph, parts, [...sizes.keys()]);
      gradients(graph, loss, Object.values(inputs)).forEach((gradient, index) => {
        graph.output(`by ${Object.keys(feeds)[index]!}`, gradient);
      });
      const fed = Object.entries(feeds).map(
        ([own, data]) => [own, Float32Array.from(data)] as const,
      );

      const got = await runGraph(graph, Object.fromEntries(fed));

      for (const [own, numbers] of Object.entries(expected))
        numbers.forEach((number, place) => {
          const value = got[`by ${own}`]![place]!;
          const isNear = Math.abs(value - number) <= 1e-6 * Math.max(1, Math.abs(number));
          assert.ok(isNear, `by ${own}[${place}]: ${value}, expected ${number}`);
        });
    });

  it('and costs no node where a divisor is a constant without zeros', () => {
    const graph = new Graph();
    const x = graph.input('x', [2]);
    const halves = op.div(graph, x, graph.constant(Float32Array.of(2, -2), [2]));

    gradients(graph, op.reduceSum(graph, halves, [0]), [x]);

    assert.deepEqual(
      graph.nodes.map((node) => node.op),
      ['Div', 'ReduceSum', 'Reshape', 'Expand', 'Div'],
    );
  });
});
