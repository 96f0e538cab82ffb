import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  planeOfRows,
  principalPlaneOf,
} from '../../../src/distillation/novelty/principal-plane.js';
import { assertNearAll } from '../../support/assert-near-all.js';

/** Directions at right angles; of the four the first two are along diagonals. */
const directions = [
  [0.6, 0.8, 0, 0],
  [-0.8, 0.6, 0, 0],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
] as const;
const mean = [1, 2, 3, 4] as const;
/** Along each direction a pair of vectors, so far from the mean on both sides. */
const pairs = (distances: readonly number[]): Float32Array[] =>
  distances.flatMap((distance, k) =>
    [1, -1].map((side) =>
      Float32Array.from(mean, (value, j) => value + side * distance * directions[k]![j]!),
    ),
  );
const column = (flat: Float32Array, k: number, count: number): number[] =>
  mean.map((_, j) => flat[j * count + k]!);

describe('the principal plane of vectors', () => {
  it('has their mean, the directions of most variance, and the deviations along these', () => {
    const plane = principalPlaneOf(pairs([3, 8, 0.1, 0.2]));

    assertNearAll(plane.mean, mean, 1e-6);
    assert.equal(plane.deviations.length, 2); // Half as many as a vector has numbers.
    // Of 8 vectors 2 lie along each: the variance is 2 d^2 / 8.
    assertNearAll(plane.deviations, [4, 1.5], 1e-5);
    for (const [k, direction] of [directions[1], directions[0]].entries()) {
      const axis = column(plane.axes, k, 2);
      const sign = Math.sign(axis[0]! * direction[0]);
      assertNearAll(
        axis.map((value) => sign * value),
        direction,
        1e-4,
      );
    }
  });

  it('has axes of length 1 at right angles where the vectors fill less than a plane', () => {
    const plane = principalPlaneOf(pairs([3, 0, 0, 0]));

    assertNearAll(plane.deviations.slice(0, 1), [1.5], 1e-5);
    assert.ok(plane.deviations.every((deviation) => deviation > 0));
    assert.ok([...plane.axes].every(Number.isFinite));
  });

  it('is one axis at least, of one vector and of one number, too', () => {
    for (const vectors of [
      [Float32Array.of(1, 2, 3, 4)],
      [Float32Array.of(5), Float32Array.of(7)],
      pairs([0, 0, 0, 0]),
    ]) {
      const { axes, deviations } = principalPlaneOf(vectors);
      assert.ok(axes.length >= 1 && [...axes].every(Number.isFinite));
      assert.ok(deviations.every((deviation) => deviation > 0 && Number.isFinite(deviation)));
    }
  });

  it('is fitted to some of many vectors, evenly drawn, to fewer of long ones', () => {
    const rows = Array.from({ length: 5000 }, (_, k) => k);

    const chosenOf = (of: readonly number[], size: number): number[] => {
      const chosen: number[] = [];
      planeOfRows(of, size, (row) => {
        chosen.push(row);
        return Float32Array.of(row);
      });
      return chosen;
    };
    assert.deepEqual(chosenOf(rows.slice(0, 7), 10), rows.slice(0, 7));
    const chosen = chosenOf(rows, 784);
    assert.deepEqual([chosen.length, chosen[0], chosen[1], chosen.at(-1)], [1000, 0, 5, 4995]);
    assert.equal(chosenOf(rows, 10_000).length, 100);
    assert.equal(chosenOf(rows, 10_000_000).length, 1);
  });
});
