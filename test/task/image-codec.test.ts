import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseImage } from '../../src/http/parse-image.js';
import { createDrawRow } from '../../src/serving/draw-row.js';
import { exampleInput } from '../../src/task/example-input.js';
import { decodeImage, encodeImage, isEightBit } from '../../src/task/image-codec.js';
import { imageSizeOf, type ImageInput } from '../../src/task/task.js';

const wide: ImageInput = { kind: 'image', width: 5, height: 1, channels: 1 };
const colour: ImageInput = { kind: 'image', width: 3, height: 2, channels: 3 };

const byte = fc.integer({ min: 0, max: 255 });
/** Of any form: eighths, thirds, next to nothing; the property must hold for the last bit too. */
const anyFloat = fc.float({ min: 0, max: 1, noNaN: true }).filter((x) => !Object.is(x, -0));
const eightBitFloat = byte.map((k) => Math.fround(k / 255));
const imageOf = (value: fc.Arbitrary<number>, length = 5): fc.Arbitrary<Float32Array> =>
  fc
    .array(value, { minLength: length, maxLength: length })
    .map((values) => Float32Array.from(values));
const bits = (values: Float32Array): Uint32Array => new Uint32Array(values.slice().buffer);

describe('the canonical bytes of an image', () => {
  it('give back every pixel to the last bit', () => {
    const images = fc.oneof(
      imageOf(anyFloat),
      imageOf(eightBitFloat),
      imageOf(fc.oneof(anyFloat, eightBitFloat)),
    );
    fc.assert(
      fc.property(images, (image) => {
        const read = decodeImage(encodeImage(image), wide);

        assert.deepEqual(bits(read), bits(image));
      }),
      { numRuns: 2_000 },
    );
  });

  it('are 8 bits a value exactly where every value is one of k / 255', () => {
    const known = new Set(Array.from({ length: 256 }, (_, k) => Math.fround(k / 255)));
    fc.assert(
      fc.property(imageOf(fc.oneof({ weight: 9, arbitrary: eightBitFloat }, anyFloat)), (image) => {
        const encoded = encodeImage(image);

        const isOfBytes = image.every((value) => known.has(value));
        assert.equal(encoded.byteLength, isOfBytes ? 5 : 20);
        assert.equal(isEightBit(encoded, wide), isOfBytes);
      }),
      { numRuns: 2_000 },
    );
  });

  it('are float32 for the neighbours of k / 255', () => {
    for (let k = 0; k < 256; k++)
      for (const step of k === 0 ? [1] : [-1, 1]) {
        const image = Float32Array.of(k / 255);
        new Uint32Array(image.buffer)[0]! += step;

        assert.equal(encodeImage(image).byteLength, 4, `${k} ${step}`);
      }
  });

  it('leave the pixels of their caller as they were', () => {
    const image = Float32Array.of(0, 1, 0.2, 0.25, 0.125);
    const before = image.slice();

    encodeImage(image);

    assert.deepEqual(image, before);
  });

  it('read an image whose bytes lie anywhere in their memory', () => {
    const encoded = encodeImage(Float32Array.of(0.1, 0.2, 0.3, 0.4, 0.55));
    const shifted = new Uint8Array(21).subarray(1);
    shifted.set(encoded);

    assert.deepEqual(decodeImage(shifted, wide), Float32Array.of(0.1, 0.2, 0.3, 0.4, 0.55));
  });

  it('are refused when they are those of another image', () => {
    for (const length of [0, 4, 6, 19, 21, 40])
      assert.throws(() => decodeImage(new Uint8Array(length), wide), RangeError, `${length}`);
  });

  it('are the same for numbers k / 255, however written, and base64: one image, one draw', () => {
    const draw = createDrawRow(new Uint8Array(32).fill(3));
    const size = imageSizeOf(colour);
    fc.assert(
      fc.property(fc.array(byte, { minLength: size, maxLength: size }), (image) => {
        const numbers = image.map((k) => k / 255);
        const pixels = Array.from({ length: 6 }, (_, k) => numbers.slice(3 * k, 3 * k + 3));
        const forms: unknown[] = [
          Buffer.from(image).toString('base64'),
          numbers,
          numbers.map(Math.fround),
          [pixels.slice(0, 3), pixels.slice(3)],
        ];

        const parsed = forms.map((form) => parseImage(form, colour, 'input'));

        for (const input of parsed) {
          assert.deepEqual([...input], image);
          assert.deepEqual(draw(input), draw(parsed[0]!));
        }
      }),
    );
  });

  it('are what example images have, too', () => {
    for (const seed of [0, 1, 7]) assert.ok(isEightBit(exampleInput(colour, { seed }), colour));
  });
});
