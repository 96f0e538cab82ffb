import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { adamwSchedule, adamwStep } from '../../src/distillation/adamw.js';
import { Graph, type Value } from '../../src/onnx/graph.js';
import { assertNearAll } from '../support/assert-near-all.js';
import { openGraph } from '../support/run-graph.js';

function adamwGraph(): Graph {
  const graph = new Graph();
  const vector = (name: string) => graph.input(name, [4]);
  const [theta, gradientSum, squareSum] = ['theta', 'gradientSum', 'squareSum'].map(vector);
  const state = { theta: theta!, gradientSum: gradientSum!, squareSum: squareSum! };
  const next = adamwStep(graph, state, {
    gradient: vector('gradient'),
    schedule: graph.input('schedule', [3]),
    decay: vector('decay'),
  });
  for (const [name, value] of Object.entries(next)) graph.output(`${name}Next`, value as Value);
  return graph;
}

describe('adamwStep', () => {
  it('makes five steps as the paper writes them, decaying only what the mask names', async () => {
    const open = await openGraph(adamwGraph());
    const decay = Float32Array.of(0.1, 0.1, 0, 0);
    let theta = Float32Array.of(1, -2, 0.5, 3);
    let gradientSum = new Float32Array(4);
    let squareSum = new Float32Array(4);
    const thetas: number[] = [];

    for (const [index, rate] of [0.1, 0.1, 0.05, 0.02, 0.01].entries()) {
      const t = index + 1;
      const gradient = Float32Array.of(0.5, -0.25 * t, 1e-4, (-1) ** t);
      const schedule = adamwSchedule(t, rate);
      const state = { theta, gradientSum, squareSum };
      const next = await open.run({ ...state, gradient, schedule, decay });
      theta = next['thetaNext']!.slice();
      gradientSum = next['gradientSumNext']!.slice();
      squareSum = next['squareSumNext']!.slice();
      thetas.push(...theta);
    }
    await open.close();

    // Oracle: fixtures/adamw-oracle.py (numpy, float64).
    const expected = [
      [0.89, -1.88, 0.40001, 3.1],
      [0.7811, -1.7646818, 0.30002, 3.0947368],
      [0.7271945, -1.7079583, 0.250025, 3.1115265],
      [0.70574012, -1.6853342, 0.230027, 3.1104739],
      [0.69503438, -1.6739765, 0.220028, 3.112518],
    ];
    assertNearAll(thetas, expected.flat(), 2e-6);
    const mean = gradientSum.map((sum) => (1 - 0.9) * sum);
    const square = squareSum.map((sum) => (1 - 0.999) * sum);
    assertNearAll(mean, [0.204755, -0.3286025, 4.0951e-5, -0.08371], 1e-7);
    assertNearAll(square, [0.0012475025, 0.0034343767, 4.99001e-11, 0.00499001], 1e-8);
  });

  it('leaves a parameter where it is that has neither gradient nor decay', async () => {
    const open = await openGraph(adamwGraph());
    const zeros = new Float32Array(4);
    const theta = Float32Array.of(1, -2, 0.5, 3);
    const schedule = adamwSchedule(1, 0.1);

    const sums = { gradientSum: zeros, squareSum: zeros };
    const state = { theta, ...sums, gradient: zeros, decay: zeros };
    const { thetaNext } = await open.run({ ...state, schedule });
    await open.close();

    assert.deepEqual(thetaNext, theta);
  });
});

describe('adamwSchedule', () => {
  it('gives what is common to all parameters, the start of both means at 0 undone', () => {
    // fixtures/adamw-oracle.py prints them.
    assert.deepEqual(adamwSchedule(1, 0.5), Float32Array.of(0.5, 1e-8, 0.5));
    assert.deepEqual(
      adamwSchedule(2, 0.25),
      Float32Array.of(0.18603420589, 1.41385996478e-8, 0.25),
    );
    assert.deepEqual(
      adamwSchedule(100_000, 0.1),
      Float32Array.of(0.31622776602, 3.16227766017e-7, 0.1),
    );
  });
});
