import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Feeder } from '../../src/model/feeder.js';
import type { RowTensor } from '../../src/preprocess/preprocessor.js';

const rowOf = (...values: readonly number[]): readonly RowTensor[] => [
  { name: 'x', dtype: 'float32', data: Float32Array.from(values), dims: [values.length] },
];
const dataOf = (feeder: Feeder, rows: readonly (readonly RowTensor[])[], runRows = rows.length) => {
  const { tensors, release } = feeder.feed(rows, runRows);
  return { data: tensors['x']!.data as Float32Array, dims: tensors['x']!.dims, release };
};

describe('the tensors of a run', () => {
  it('are its rows side by side, whatever runs were before it', () => {
    const feeder = new Feeder(['float32']);
    const run = fc.record({
      rows: fc.array(fc.tuple(fc.float(), fc.float()), { minLength: 1, maxLength: 9 }),
      more: fc.integer({ min: 0, max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(run, { minLength: 1, maxLength: 6 }), (runs) => {
        for (const { rows, more } of runs) {
          const { data, dims, release } = dataOf(
            feeder,
            rows.map((values) => rowOf(...values)),
            rows.length + more,
          );
          const filled = [...rows, ...Array<[number, number]>(more).fill(rows.at(-1)!)];
          assert.deepEqual(data, Float32Array.from(filled.flat()));
          assert.deepEqual(dims, [filled.length, 2]);
          release();
        }
      }),
    );
  });

  it('are written over by the next run, and by none before it has ended', () => {
    const feeder = new Feeder(['float32']);
    const first = dataOf(feeder, [rowOf(1, 2), rowOf(3, 4)]);
    const meanwhile = dataOf(feeder, [rowOf(5, 6)]);
    assert.deepEqual([...first.data], [1, 2, 3, 4]);

    first.release();
    const next = dataOf(feeder, [rowOf(7, 8)]);

    assert.equal(next.data.buffer, first.data.buffer);
    assert.deepEqual([...meanwhile.data], [5, 6]);
  });

  it('take new memory when a run needs more', () => {
    const feeder = new Feeder(['float32']);
    dataOf(feeder, [rowOf(1)]).release();

    assert.deepEqual([...dataOf(feeder, [rowOf(1), rowOf(2)]).data], [1, 2]);
  });
});
