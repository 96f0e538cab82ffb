import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noveltyFeatures } from '../../../src/distillation/novelty/novelty-features.js';
import { encodeModel } from '../../../src/onnx/encode-model.js';
import { Graph } from '../../../src/onnx/graph.js';
import { openSession } from '../../../src/model/open-session.js';
import { Tensor } from '../../../src/onnx/runtime.js';
import { sessionOptionsFor } from '../../../src/onnx/session-options.js';
import { assertNearAll } from '../../support/assert-near-all.js';

/** The plane of the first two of three axes, turned; 2 and 0.5 wide. */
const plane = {
  mean: Float32Array.of(1, 1, 1),
  axes: Float32Array.of(0.6, -0.8, 0.8, 0.6, 0, 0),
  deviations: Float32Array.of(2, 0.5),
};

async function featuresOf(x: number[][], logits: number[][]): Promise<number[][]> {
  const graph = new Graph();
  const inputs = {
    x: graph.input('x', ['batch', 3]),
    logits: graph.input('z', ['batch', logits[0]!.length]),
  };
  graph.output('features', noveltyFeatures(graph, inputs, plane));
  const session = await openSession(encodeModel(graph), sessionOptionsFor('cpu'));
  const tensorOf = (rows: number[][]) =>
    new Tensor('float32', Float32Array.from(rows.flat()), [rows.length, rows[0]!.length]);
  const { features } = await session.run({ x: tensorOf(x), z: tensorOf(logits) });
  await session.release();
  const flat = [...(features!.data as Float32Array)];
  return x.map((_, row) => flat.slice(3 * row, 3 * row + 3));
}

describe('features of novelty', () => {
  it('are how far off the plane, how far out on it, and the energy', async () => {
    const rows = [
      [1, 1, 1], // The mean.
      [1, 1, 8], // Off the plane alone.
      [1 + 0.6 * 4, 1 + 0.8 * 4, 1], // Along the first axis, two deviations.
      [1 - 0.8 + 0.6 * 2, 1 + 0.6 + 0.8 * 2, -2], // One and two deviations, three off.
    ];
    const logits = rows.map(() => [Math.log(1), Math.log(2), Math.log(5)]);

    const features = await featuresOf(rows, logits);

    const energy = -Math.log(8);
    const expected = [
      [0, 0, energy],
      [7, 0, energy],
      [0, 2, energy],
      [3, Math.sqrt(1 + 4), energy],
    ];
    // The root of a rounding error of squares of about 20 is no smaller.
    features.forEach((own, row) => assertNearAll(own, expected[row]!, 3e-3));
  });

  it('are finite for logits that are far apart', async () => {
    const [own] = await featuresOf([[1, 1, 1]], [[500, -500, 0]]);

    assert.ok(Math.abs(own![2]! + 500) < 1e-3, String(own));
  });
});
