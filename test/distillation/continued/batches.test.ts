import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  createBatches,
  keepPrepared,
  type BatchesOptions,
} from '../../../src/distillation/continued/batches.js';
import { groupByShape } from '../../../src/distillation/continued/prepared-rows.js';
import type { DatasetRow } from '../../../src/distillation/dataset.js';
import type { Input } from '../../../src/task/task.js';
import { seededDraw } from '../../support/seeded-draw.js';

/** An input of n bytes is a tensor [n] of them; an empty one can not be prepared. */
const prepare = (input: Input) => {
  if (input.length === 0) throw new RangeError('empty');
  return [
    { name: 'x', dtype: 'float32' as const, data: Float32Array.from(input), dims: [input.length] },
  ];
};
const inputs: readonly Input[] = [
  ...[1, 2, 3, 4, 5].map((value) => Uint8Array.of(value)),
  Uint8Array.of(6, 6),
  Uint8Array.of(),
  Uint8Array.of(7, 7),
];
const rows: readonly DatasetRow[] = inputs.map((input, index) => ({
  ...{ id: `row-${index}`, input, label: 0, probabilities: null, weight: 1 + index },
  source: 'capture',
}));
const batchesOf = (changes: Partial<BatchesOptions> = {}) =>
  createBatches({
    ...{ rows, groups: groupByShape(prepare, inputs), batchRows: 2, weights: null, vary: null },
    prepared: keepPrepared(rows, prepare),
    targets: ({ label }) => ({ soft: null, hard: Float32Array.of(label) }),
    ...changes,
  });
type Batch = ReturnType<ReturnType<ReturnType<typeof batchesOf>['start']>>;
const firsts = ({ rows: own }: Batch): number[] =>
  own.map(({ tensors }) => Number(tensors[0]!.data[0]));

describe('rows of a brought student', () => {
  it('share a batch where their shapes are equal; one that can not be prepared is in none', () => {
    const batches = batchesOf();

    const all = [...batches.inOrder()];
    assert.deepEqual(all.map(firsts), [[1, 2], [3, 4], [5], [6, 7]]);
    assert.deepEqual(
      all.map(({ shape }) => shape),
      ['1', '1', '1', '2'],
    );
    assert.equal(batches.perEpoch, 4);
    assert.deepEqual(
      all[3]!.rows.map(({ weight }) => weight),
      [6, 8],
    );
  });

  it('come once an epoch each, in another order the next time, the same for the same draws', () => {
    const [one, two] = [batchesOf().start(seededDraw(1)), batchesOf().start(seededDraw(1))];
    const epoch = (next: typeof one): number[] =>
      Array.from({ length: 4 }, () => firsts(next())).flat();

    const [first, second] = [epoch(one), epoch(one)];

    assert.deepEqual(first.toSorted(), [1, 2, 3, 4, 5, 6, 7]);
    assert.deepEqual(second.toSorted(), [1, 2, 3, 4, 5, 6, 7]);
    assert.notDeepEqual(first, second);
    assert.deepEqual([epoch(two), epoch(two)], [first, second]);
  });

  it('are changed for lessons, and not for looks', () => {
    const vary = (input: Input) => prepare(input.map((value) => value + 100));
    const batches = batchesOf({ vary });

    const next = batches.start(seededDraw(1));
    const lessons = Array.from({ length: 4 }, () => firsts(next())).flat();

    assert.deepEqual(
      lessons.toSorted((a, b) => a - b),
      [101, 102, 103, 104, 105, 106, 107],
    );
    assert.deepEqual([...batches.inOrder()].flatMap(firsts), [1, 2, 3, 4, 5, 6, 7]);
  });

  it('may not have too many shapes', () => {
    const many = Array.from({ length: 33 }, (_, k) => new Uint8Array(k + 1));

    assert.throws(() => groupByShape(prepare, many), {
      name: 'UntrainableStudentError',
      message: /have 33 different sizes as tensors, and a run trains on 32 at most/,
    });
    assert.equal(groupByShape(prepare, many.slice(1)).length, 32);
  });
});
