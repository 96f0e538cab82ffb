import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  appendStandard,
  standardised,
  standardOf,
} from '../../../src/distillation/vectors/standardise.js';
import { Graph } from '../../../src/onnx/graph.js';
import { assertNearAll } from '../../support/assert-near-all.js';
import { openGraph } from '../../support/run-graph.js';

describe('standardised vectors', () => {
  it('have mean 0 and deviation 1 over the rows that were measured', () => {
    // By hand: means 3 and 10, deviations sqrt(8 / 3) and sqrt(200 / 3).
    const rows = [Float32Array.of(1, 0), Float32Array.of(3, 10), Float32Array.of(5, 20)];

    const standard = standardOf(rows);

    assertNearAll(standard.means, [3, 10], 1e-6);
    assertNearAll(standard.scales, [Math.sqrt(3 / 8), Math.sqrt(3 / 200)], 1e-6);
    const expected = [-2 * Math.sqrt(3 / 8), -10 * Math.sqrt(3 / 200)];
    assertNearAll(standardised(rows[0]!, standard), expected, 1e-6);
  });

  it('are 0 where a number never changed, whatever comes later', () => {
    const standard = standardOf(Array.from({ length: 9 }, () => Float32Array.of(0.1, 1e12, 0)));

    assert.deepEqual([...standard.scales], [0, 0, 0]);
    assert.deepEqual(
      [...standardised(Float32Array.of(7, -1, 3), standard)].map(Math.abs),
      [0, 0, 0],
    );
  });

  it('are the same in a graph', async () => {
    const standard = standardOf([Float32Array.of(1, 7, 0), Float32Array.of(3, 1000, 0.3)]);
    const graph = new Graph();
    const x = graph.input('x', [1, 3]);
    graph.output('y', appendStandard(graph, x, standard));
    const row = Float32Array.of(2.5, 17, 0.1);

    const open = await openGraph(graph);
    const results = await open.run({ x: row });
    await open.close();

    assert.deepEqual(results['y'], standardised(row, standard));
  });
});
