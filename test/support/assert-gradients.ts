import assert from 'node:assert/strict';
import { gradients } from '../../src/distillation/autodiff/gradients.js';
import { Graph, type Value } from '../../src/onnx/graph.js';
import * as op from '../../src/onnx/operators.js';
import { openGraph } from './run-graph.js';
import { seededDraw } from './seeded-draw.js';

export interface GradientCase {
  /** Shape of each input; all are differentiated by. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly build: (graph: Graph, inputs: Readonly<Record<string, Value>>) => Value;
  /**
   * `positive`: in [0.5, 1.5], for logarithms and divisors. `apart`: no two within 1/16 of each
   * other, none within 1/32 of 0, so that no kink lies inside a step. Default: in [-1, 1].
   */
  readonly values?: 'positive' | 'apart';
}

/** Half of a central difference: its error is about 1e-4 in float32, by size and by rounding. */
const step = 1 / 128;
const tolerance = 2e-3;

/**
 * Compares the gradients of a graph with central finite differences, both run by ONNX Runtime. The
 * loss is a sum of all outputs, each weighted by a different random number.
 */
export async function assertGradients({ shapes, build, values }: GradientCase): Promise<void> {
  const draw = seededDraw(1);
  const graph = new Graph();
  const inputs = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, graph.input(name, shape)]),
  );
  const loss = weightedSum(graph, build(graph, inputs), draw);
  graph.output('loss', loss);
  gradients(graph, loss, Object.values(inputs)).forEach((gradient, index) => {
    const [name, shape] = Object.entries(shapes)[index]!;
    assert.deepEqual(gradient.shape, shape, `shape of the gradient of ${name}`);
    graph.output(`gradient of ${name}`, gradient);
  });
  const feeds = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, valuesOf(sizeOf(shape), draw, values)]),
  );

  const open = await openGraph(graph);
  try {
    const outputs = await open.run(feeds);
    for (const [name, own] of Object.entries(feeds)) {
      const analytic = outputs[`gradient of ${name}`]!;
      assert.equal(analytic.length, own.length);
      for (let k = 0; k < own.length; k++) {
        const lossAt = async (value: number): Promise<number> => {
          const moved = own.with(k, value);
          return (await open.run({ ...feeds, [name]: moved }))['loss']![0]!;
        };
        const rise = (await lossAt(own[k]! + step)) - (await lossAt(own[k]! - step));
        const numeric = rise / (2 * step);
        const error = Math.abs(analytic[k]! - numeric);
        const place = `${name}[${k}]: ${analytic[k]!}, by differences ${numeric}`;
        assert.ok(error <= tolerance * Math.max(1, Math.abs(numeric)), place);
      }
      assert.ok(
        analytic.some((part) => Math.abs(part) > 0.01),
        `${name} has no gradient at all`,
      );
    }
  } finally {
    await open.close();
  }
}

function weightedSum(graph: Graph, output: Value, draw: () => number): Value {
  const shape = output.shape.map(Number);
  const weights = Float32Array.from({ length: sizeOf(shape) }, () => 2 * draw() - 1);
  const weighted = op.mul(graph, output, graph.constant(weights, shape));
  return shape.length === 0 ? weighted : op.reduceSum(graph, weighted, [...shape.keys()]);
}

function valuesOf(size: number, draw: () => number, kind: GradientCase['values']): Float32Array {
  const values = Float32Array.from({ length: size }, draw);
  if (kind === 'positive') return values.map((value) => value + 0.5);
  if (kind === undefined) return values.map((value) => 2 * value - 1);
  const ranks = [...values.keys()].sort((a, b) => values[a]! - values[b]!);
  return values.map((_, k) => (ranks.indexOf(k) - size / 2) / 16 + 1 / 32);
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, dim) => size * dim, 1);
