import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createImageDistortion } from '../../src/demo/distort-image.js';
import { assertNearAll } from '../support/assert-near-all.js';
import { seededDraw } from '../support/seeded-draw.js';

const size = 29;
const centre = 14;
const image = { kind: 'image', width: size, height: size, channels: 1 } as const;

/** What the draws decide, in their order; 0 is none of it, 1 and -1 all that is allowed. */
interface Bend {
  readonly angle?: number;
  readonly scale?: number;
  readonly aspect?: number;
  readonly shear?: number;
  readonly shiftX?: number;
  readonly shiftY?: number;
}

function distorted(source: Float32Array, bend: Bend): Float32Array {
  const { angle = 0, scale = 0, aspect = 0, shear = 0, shiftX = 0, shiftY = 0 } = bend;
  const draws = [angle, scale, aspect, shear, shiftX, shiftY].map((share) => (share + 1) / 2);
  const target = new Float32Array(size * size).fill(7);
  createImageDistortion(image, () => draws.shift()!)(source, target, 0);
  return target;
}

/** A soft spot around a place, counted from the centre. */
function spotAt(x: number, y: number): Float32Array {
  return Float32Array.from({ length: size * size }, (_, k) => {
    const dx = (k % size) - centre - x;
    const dy = Math.floor(k / size) - centre - y;
    return Math.exp(-(dx * dx + dy * dy) / 4);
  });
}

/** Where the brightness of an image lies on average, counted from the centre. */
function placeOf(pixels: Float32Array): [number, number] {
  let [total, x, y] = [0, 0, 0];
  pixels.forEach((value, k) => {
    total += value;
    x += value * ((k % size) - centre);
    y += value * (Math.floor(k / size) - centre);
  });
  return [x / total, y / total];
}

describe('distorting an image', () => {
  it('leaves it as it is when every draw falls in the middle', () => {
    const spot = spotAt(3, -2);

    assertNearAll(distorted(spot, {}), spot, 1e-6);
  });

  // New pixel p comes from A p + s: a spot at q goes to the p with A p + s = q, worked out by hand.
  const cases: readonly {
    readonly name: string;
    readonly bend: Bend;
    readonly from: readonly [number, number];
    readonly to: readonly [number, number];
  }[] = [
    { name: 'moves it left', bend: { shiftX: 0.4 }, from: [0, 0], to: [-1, 0] },
    { name: 'moves it down', bend: { shiftY: -1 }, from: [0, 0], to: [0, 2.5] },
    // cos 0.26 = 0.96639, sin 0.26 = 0.25708.
    { name: 'turns it', bend: { angle: 1 }, from: [6, 0], to: [5.798, -1.542] },
    { name: 'turns it the other way', bend: { angle: -1 }, from: [0, 6], to: [-1.542, 5.798] },
    { name: 'shrinks it', bend: { scale: 1 }, from: [6, -6], to: [5.217, -5.217] },
    { name: 'stretches it', bend: { scale: -1 }, from: [4, 4], to: [4.706, 4.706] },
    { name: 'squeezes its height alone', bend: { aspect: 1 }, from: [4, 6], to: [4, 5.455] },
    { name: 'slants it', bend: { shear: 1 }, from: [0, 5], to: [-1.5, 5] },
  ];
  for (const { name, bend, from, to } of cases) {
    it(name, () => {
      const place = placeOf(distorted(spotAt(...from), bend));

      assertNearAll(place, to, 0.02);
    });
  }

  it('brings zeros in from outside, over whatever was in the target', () => {
    const white = new Float32Array(size * size).fill(1);

    const moved = distorted(white, { shiftX: 0.8, shiftY: 0.8 }); // By two pixels each way.

    const rowOf = (y: number): number[] => [...moved.slice(y * size, (y + 1) * size)];
    assertNearAll(rowOf(0).slice(0, size - 2), new Float32Array(size - 2).fill(1), 1e-6);
    assertNearAll(rowOf(0).slice(size - 2), [0, 0], 1e-6);
    assertNearAll(rowOf(size - 1), new Float32Array(size), 1e-6);
  });

  it('keeps every pixel in [0, 1], whatever it draws', () => {
    const draw = seededDraw(17);
    const distort = createImageDistortion(image, draw);
    const target = new Float32Array(size * size + 3).fill(7, 0, 3);

    for (let round = 0; round < 200; round++) {
      const source = Float32Array.from({ length: size * size }, () => Math.round(draw()));
      distort(source, target, 3);
      assert.ok(target.subarray(3).every((value) => value >= 0 && value <= 1));
    }
    assert.deepEqual(target.slice(0, 3), Float32Array.of(7, 7, 7)); // Before the offset.
  });

  it('is no image of noise: a digit keeps about its ink', () => {
    const draw = seededDraw(18);
    const distort = createImageDistortion(image, draw);
    const spot = spotAt(0, 0);
    const ink = (pixels: Float32Array): number => pixels.reduce((sum, value) => sum + value, 0);
    const target = new Float32Array(size * size);

    for (let round = 0; round < 100; round++) {
      distort(spot, target, 0);
      const share = ink(target) / ink(spot);
      assert.ok(share > 0.6 && share < 1.7, `share ${share}`);
    }
  });
});
