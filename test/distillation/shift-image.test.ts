import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createImageShift, createInputShift } from '../../src/distillation/shift-image.js';

const image = { kind: 'image', width: 3, height: 2, channels: 1 } as const;
const source = Float32Array.of(1, 2, 3, 4, 5, 6);

/** Shifts once by draws that name the source's column and row: 0 is -1, 0.5 is 0, 0.9 is 1. */
function shifted(drawX: number, drawY: number, offset = 0, pixelsMax = 1): Float32Array {
  const draws = [drawX, drawY];
  const target = new Float32Array(6 + offset).fill(9);
  const draw = (): number => draws.shift()!;
  createImageShift(image, { pixelsMax, draw })(source, target, offset);
  return target;
}

describe('shifting an image', () => {
  const table: readonly (readonly [name: string, x: number, y: number, expected: number[]])[] = [
    ['leaves it', 0.5, 0.5, [1, 2, 3, 4, 5, 6]],
    ['moves it right', 0, 0.5, [0, 1, 2, 0, 4, 5]],
    ['moves it left', 0.9, 0.5, [2, 3, 0, 5, 6, 0]],
    ['moves it down', 0.5, 0, [0, 0, 0, 1, 2, 3]],
    ['moves it up', 0.5, 0.9, [4, 5, 6, 0, 0, 0]],
    ['moves it both ways at once', 0, 0.9, [0, 4, 5, 0, 0, 0]],
  ];
  for (const [name, x, y, expected] of table) {
    it(`${name}, with zeros at the edge`, () => {
      assert.deepEqual(shifted(x, y), Float32Array.from(expected));
    });
  }

  it('writes from the offset on, over what was there, and leaves the source', () => {
    const target = shifted(0, 0.5, 2);

    assert.deepEqual(target, Float32Array.of(9, 9, 0, 1, 2, 0, 4, 5));
    assert.deepEqual(source, Float32Array.of(1, 2, 3, 4, 5, 6));
  });

  it('moves all channels of a pixel together', () => {
    const coloured = { ...image, width: 2, height: 1, channels: 3 } as const;
    const draws = [0, 0.5]; // Right by one.
    const target = new Float32Array(6).fill(9);

    createImageShift(coloured, { pixelsMax: 1, draw: () => draws.shift()! })(source, target, 0);

    assert.deepEqual(target, Float32Array.of(0, 0, 0, 1, 2, 3));
  });

  it('moves an image in its canonical bytes', () => {
    const draws = [0.9, 0.5]; // Left by one.

    const moved = createInputShift(image, 1)(Uint8Array.of(1, 2, 3, 4, 5, 6), () => draws.shift()!);

    assert.deepEqual(moved, Uint8Array.of(2, 3, 0, 5, 6, 0));
  });

  it('moves as far as it may', () => {
    assert.deepEqual(shifted(0, 0.5, 0, 2), Float32Array.of(0, 0, 1, 0, 0, 4));
    assert.deepEqual(shifted(0.9, 0.5, 0, 2), Float32Array.of(3, 0, 0, 6, 0, 0));
  });

  it('takes each of the nine moves for a third of either draw', () => {
    const moves = new Set<string>();
    for (const x of [0, 0.34, 0.67])
      for (const y of [0, 0.34, 0.67]) moves.add(shifted(x, y).join());

    assert.equal(moves.size, 9);
    assert.deepEqual(shifted(0.33, 0.5), shifted(0, 0.5));
    assert.deepEqual(shifted(0.999999, 0.5), shifted(0.67, 0.5));
  });
});
