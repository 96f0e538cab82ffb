import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { adamwSchedule, adamwStep } from '../../src/distillation/adamw.js';
import { Graph } from '../../src/onnx/graph.js';
import { assertNearAll } from '../support/assert-near-all.js';
import { openGraph } from '../support/run-graph.js';

function adamwGraph(): Graph {
  const graph = new Graph();
  const vector = (name: string) => graph.input(name, [4]);
  const state = { theta: vector('theta'), mean: vector('mean'), square: vector('square') };
  const next = adamwStep(graph, state, {
    gradient: vector('gradient'),
    schedule: graph.input('schedule', [3]),
    decay: vector('decay'),
  });
  for (const name of ['theta', 'mean', 'square'] as const) graph.output(name + 'Next', next[name]);
  return graph;
}

describe('adamwStep', () => {
  it('makes five steps as the paper writes them, decaying only what the mask names', async () => {
    const open = await openGraph(adamwGraph());
    const decay = Float32Array.of(0.1, 0.1, 0, 0);
    let theta = Float32Array.of(1, -2, 0.5, 3);
    let mean = new Float32Array(4);
    let square = new Float32Array(4);
    const thetas: number[] = [];

    for (const [index, rate] of [0.1, 0.1, 0.05, 0.02, 0.01].entries()) {
      const t = index + 1;
      const gradient = Float32Array.of(0.5, -0.25 * t, 1e-4, (-1) ** t);
      const schedule = adamwSchedule(t, rate);
      const next = await open.run({ theta, mean, square, gradient, schedule, decay });
      theta = next['thetaNext']!.slice();
      mean = next['meanNext']!.slice();
      square = next['squareNext']!.slice();
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
    assertNearAll(mean, [0.204755, -0.3286025, 4.0951e-5, -0.08371], 1e-7);
    assertNearAll(square, [0.0012475025, 0.0034343767, 4.99001e-11, 0.00499001], 1e-8);
  });

  it('leaves a parameter where it is that has neither gradient nor decay', async () => {
    const open = await openGraph(adamwGraph());
    const zeros = new Float32Array(4);
    const theta = Float32Array.of(1, -2, 0.5, 3);
    const schedule = adamwSchedule(1, 0.1);

    const state = { theta, mean: zeros, square: zeros, gradient: zeros, decay: zeros };
    const { thetaNext } = await open.run({ ...state, schedule });
    await open.close();

    assert.deepEqual(thetaNext, theta);
  });
});

describe('adamwSchedule', () => {
  it('gives the rate, and what undoes the start of both means at 0', () => {
    // 1 / (1 - 0.9^t) and 1 / (1 - 0.999^t), by Python's fractions.
    assert.deepEqual(adamwSchedule(1, 0.5), Float32Array.of(0.5, 10, 1000));
    assert.deepEqual(adamwSchedule(2, 0.25), Float32Array.of(0.25, 5.2631578947, 500.25012506));
    assert.deepEqual(adamwSchedule(100_000, 0.1), Float32Array.of(0.1, 1, 1));
  });
});
