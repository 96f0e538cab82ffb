import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  createBatchSource,
  packBatch,
  type TargetRow,
} from '../../src/distillation/batch-source.js';
import { assertNearAll } from '../support/assert-near-all.js';
import { seededDraw } from '../support/seeded-draw.js';

/** A row that carries its number in every place. */
const row = (number: number, weight = 1): TargetRow => ({
  input: Float32Array.of(number, -number),
  soft: Float32Array.of(number + 0.25, 0.75),
  hard: Float32Array.of(number + 0.5, 0.5),
  weight,
});
const rows = (count: number): TargetRow[] => Array.from({ length: count }, (_, k) => row(k + 1));

const sourceOf = (count: number, batchRows: number, seed = 1) =>
  createBatchSource({ rows: rows(count), batchRows, draw: seededDraw(seed), augment: null });
/** Numbers of the rows in a batch, those of weight 0 left out. */
const numbersIn = ({ x, rowWeights }: { x: Float32Array; rowWeights: Float32Array }): number[] =>
  [...rowWeights].flatMap((weight, index) => (weight === 0 ? [] : [x[2 * index]!]));

describe('a batch source', () => {
  it('gives each row once an epoch, and starts again in another order', () => {
    const next = sourceOf(10, 4);
    const epoch = (): number[] => [0, 1, 2].flatMap(() => numbersIn(next()));

    const [first, second, third] = [epoch(), epoch(), epoch()];

    const all = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    for (const numbers of [first, second, third])
      assert.deepEqual(
        [...numbers].sort((a, b) => a - b),
        all,
      );
    assert.notDeepEqual(first, all);
    assert.notDeepEqual(second, first);
    assert.notDeepEqual(third, second);
  });

  it('gives the same batches for the same seed, and others for another', () => {
    const numbersOf = (seed: number): number[] => {
      const next = sourceOf(10, 4, seed);
      return [1, 2, 3, 4].flatMap(() => numbersIn(next()));
    };

    assert.deepEqual(numbersOf(5), numbersOf(5));
    assert.notDeepEqual(numbersOf(5), numbersOf(6));
  });

  it('leaves the rows that it was given in their order', () => {
    const own = rows(10);
    const next = createBatchSource({ rows: own, batchRows: 4, draw: seededDraw(1), augment: null });
    next();

    assert.deepEqual(own, rows(10));
  });

  it('pads the last batch of an epoch by rows of weight 0', () => {
    const next = sourceOf(5, 4);
    next();

    const { x, soft, hard, rowWeights } = next();

    assert.deepEqual(rowWeights, Float32Array.of(1, 0, 0, 0));
    assert.deepEqual([x.length, soft.length, hard.length], [8, 8, 8]);
    for (const part of [x, soft, hard]) assert.deepEqual(part.slice(2), new Float32Array(6));
  });

  it('changes each row anew by the augmentation, into its own place', () => {
    let call = 0;
    const next = createBatchSource({
      rows: rows(2),
      batchRows: 3,
      draw: seededDraw(1),
      augment: (source, target, offset) => {
        target[offset] = source[0]! + 100 * ++call;
        target[offset + 1] = 7;
      },
    });

    const epochs = [next(), next()];

    const seen = epochs.map(({ x }) => [x[0]! % 100, x[2]! % 100].sort());
    assert.deepEqual(seen, [
      [1, 2],
      [1, 2],
    ]);
    assert.deepEqual(
      epochs.flatMap(({ x }) => [x[0]!, x[2]!].map((value) => Math.floor(value / 100))),
      [1, 2, 3, 4],
    );
    for (const { x } of epochs) assert.deepEqual([x[1], x[3], x[4], x[5]], [7, 7, 0, 0]);
  });

  it('refuses no rows at all', () => {
    assert.throws(() => sourceOf(0, 4), RangeError);
  });
});

describe('packBatch', () => {
  it('puts inputs and targets side by side', () => {
    const { x, soft, hard } = packBatch([row(1), row(2)], 2);

    assert.deepEqual(x, Float32Array.of(1, -1, 2, -2));
    assert.deepEqual(soft, Float32Array.of(1.25, 0.75, 2.25, 0.75));
    assert.deepEqual(hard, Float32Array.of(1.5, 0.5, 2.5, 0.5));
  });

  it('makes the weights sum to 1, in proportion to the rows', () => {
    const { rowWeights } = packBatch([row(1, 2), row(2, 5), row(3, 1)], 4);

    assertNearAll(rowWeights, [0.25, 0.625, 0.125, 0], 1e-7);
  });
});
