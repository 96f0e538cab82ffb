import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  appendStandard,
  standardised,
  standardOf,
  type Standard,
} from '../../../src/distillation/vectors/standardise.js';
import { Graph } from '../../../src/onnx/graph.js';
import { createNormalDraw } from '../../../src/distillation/seeded-draw.js';
import { assertNearAll } from '../../support/assert-near-all.js';
import { openGraph } from '../../support/run-graph.js';
import { seededDraw } from '../../support/seeded-draw.js';

const standard: Standard = {
  centres: Float32Array.of(10, -3),
  scales: Float32Array.of(0.5, 2),
};

/** Of [rows] of normal numbers with mean 7 and deviation 3, some changed. */
function standardWith(change: (value: number, row: number) => number): Standard {
  const normal = createNormalDraw(seededDraw(1));
  return standardOf(
    Array.from({ length: 2000 }, (_, row) => Float32Array.of(change(7 + 3 * normal(), row))),
  );
}

describe('the standard of vectors', () => {
  it('has mean and deviation of normal numbers', () => {
    const { centres, scales } = standardWith((value) => value);

    assertNearAll(centres, [7], 0.3);
    assertNearAll(scales, [1 / 3], 0.03);
  });

  const spoilt: Readonly<Record<string, (value: number, row: number) => number>> = {
    'one row of 1e6': (value, row) => (row === 700 ? 1e6 : value),
    'one row of 3e38': (value, row) => (row === 700 ? 3e38 : value),
    'one row without end': (value, row) => (row === 700 ? -Infinity : value),
    '-9999 for none in 5 % of the rows': (value, row) => (row % 20 === 0 ? -9999 : value),
    '-9999 for none in 40 % of the rows': (value, row) => (row % 5 < 2 ? -9999 : value),
  };
  for (const [what, change] of Object.entries(spoilt))
    it(`is hardly moved by ${what}`, () => {
      const { centres, scales } = standardWith(change);

      assert.ok(centres[0]! > 3 && centres[0]! < 8, `centre ${centres[0]}`);
      assert.ok(scales[0]! > 0.15 && scales[0]! < 0.4, `scale ${scales[0]}`);
    });

  it('has the deviation of flags that are seldom up, whatever one row says', () => {
    for (const share of [0.1, 0.05, 0.004])
      for (const odd of [0, 1e6]) {
        const rows = Array.from({ length: 1000 }, (_, row) =>
          Float32Array.of(row === 999 ? odd : Number(row < 1000 * share)),
        );

        const { centres, scales } = standardOf(rows);

        assert.equal(centres[0], 0);
        const asDeviation = scales[0]! * Math.sqrt(share * (1 - share));
        assert.ok(asDeviation > 0.7 && asDeviation < 1.4, `${share}: ${asDeviation}`);
      }
  });

  it('makes 0 of a number that never changed, whatever comes later', () => {
    const constant = standardOf(Array.from({ length: 9 }, () => Float32Array.of(0.1, 1e12, 0)));

    assert.deepEqual([...constant.scales], [0, 0, 0]);
    for (const row of [Float32Array.of(7, -1, 3), Float32Array.of(-Infinity, 3e38, Infinity)])
      assert.deepEqual([...standardised(row, constant)].map(Math.abs), [0, 0, 0]);
  });

  it('takes float32 rounding for no change', () => {
    const rows = Array.from({ length: 9 }, (_, row) => Float32Array.of(1e9 + 64 * (row % 2)));

    assert.deepEqual([...standardOf(rows).scales], [0]);
  });
});

describe('standardised vectors', () => {
  it('are (x - centre) * scale up to 5, and grow like the logarithm beyond', () => {
    // By hand: (20 - 10) / 2 = 5; (-7 + 3) 2 = -8, which is 3 more: 5 + ln 4.
    assertNearAll(standardised(Float32Array.of(13, -4), standard), [1.5, -2], 1e-6);
    assertNearAll(standardised(Float32Array.of(20, -7), standard), [5, -5 - Math.log(4)], 1e-6);
    const huge = standardised(Float32Array.of(3e38, -Infinity), standard);
    assertNearAll(huge, [5 + Math.log(1e30), -5 - Math.log(1e30)], 1e-4);
  });

  it('are the same in a graph', async () => {
    const graph = new Graph();
    const x = graph.input('x', [1, 2]);
    graph.output('y', appendStandard(graph, x, standard));
    const rows = [
      ...[Float32Array.of(12.5, -3.1), Float32Array.of(20, -0.5)],
      ...[Float32Array.of(21, -9999), Float32Array.of(3e38, -Infinity)],
    ];

    const open = await openGraph(graph);
    const results = [];
    for (const row of rows) results.push((await open.run({ x: row }))['y']);
    await open.close();

    const expected = rows.map((row) => standardised(row, standard));
    assert.deepEqual(results.slice(0, 2), expected.slice(0, 2));
    results.slice(2).forEach((y, row) => {
      assertNearAll(y as Float32Array, [...expected[row + 2]!], 1e-5);
    });
  });
});
