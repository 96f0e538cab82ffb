import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mlp, parameterCountOf } from '../../src/distillation/architecture.js';
import { partsOf } from '../../src/distillation/parts-of.js';
import {
  poolImage,
  poolingOf,
  seenOf,
  seeImage,
  type ImagePooling,
} from '../../src/distillation/pool-image.js';
import { scoreNetwork } from '../../src/distillation/score-network.js';
import { imageModel } from '../../src/distillation/student-model.js';
import type { ImageInput } from '../../src/task/task.js';
import { assertNearAll } from '../support/assert-near-all.js';
import { scorePixels } from '../support/score-pixels.js';
import { seededDraw } from '../support/seeded-draw.js';

const sized = (width: number, height: number, channels: 1 | 3 = 1): ImageInput => ({
  ...{ kind: 'image', width, height, channels },
});

describe('what a network sees of an image', () => {
  it('is all of a small one, and means of a large one, 48 along each axis at most', () => {
    assert.equal(poolingOf(sized(64, 64)), null);
    assert.equal(seenOf(sized(28, 28)).width, 28);
    assert.deepEqual(poolingOf(sized(224, 224, 3))!.to, sized(44, 44, 3));
    assert.deepEqual(poolingOf(sized(224, 224, 3))!.window, { width: 5, height: 5 });
    assert.deepEqual(seenOf(sized(65, 64)), sized(32, 32));
    assert.deepEqual(seenOf(sized(4096, 2)), sized(47, 2));
    assert.deepEqual(seenOf(sized(96, 4096)), sized(48, 47));
  });

  it('are means of each channel, without what is left over at the end', () => {
    const window = { width: 2, height: 1 };
    const pooling: ImagePooling = { from: sized(5, 2, 3), to: sized(2, 2, 3), window };
    const pixels = Float32Array.from({ length: 30 }, (_, k) => k);

    // Pixel 0 is 0, 1, 2, and pixel 1 is 3, 4, 5; the fifth of a row is left over.
    const means = [1.5, 2.5, 3.5, 7.5, 8.5, 9.5, 16.5, 17.5, 18.5, 22.5, 23.5, 24.5];
    assert.deepEqual(poolImage(pixels, pooling), Float32Array.from(means));
  });

  for (const input of [sized(100, 70, 3), sized(129, 65, 1)])
    it(`is in the model of ${input.width} x ${input.height} as it is in training`, async () => {
      const draw = seededDraw(3);
      const bytes = [0, 1].map(() =>
        Uint8Array.from(
          { length: input.width * input.height * input.channels },
          () => 256 * draw(),
        ),
      );
      const seen = bytes.map((image) => seeImage(image, input));
      const architecture = mlp(seen[0]!.length, [4], 3);
      const theta = new Float32Array(parameterCountOf(architecture)).map(() => draw() - 0.5);

      const parts = { pooling: poolingOf(input), plane: null };
      const { onnx, description } = imageModel({ architecture, theta }, input, parts);

      const pixels = bytes.map((image) => Float32Array.from(image, (byte) => byte / 255));
      const logits = await scorePixels(onnx, pixels, 3);
      const expected = await scoreNetwork({ architecture, theta }, seen);
      expected.forEach((own, row) => assertNearAll(logits[row]!, own, 1e-4));
      assert.match(description, / means of (100x70|129x65)$/);
    });
});

describe('rows in parts', () => {
  it('are all there in their order, few of large ones at once', () => {
    const rows = Array.from({ length: 10 }, (_, k) => k);

    assert.deepEqual(partsOf(rows, 784), [rows]);
    assert.deepEqual(partsOf(rows, 2 ** 20), [rows.slice(0, 4), rows.slice(4, 8), rows.slice(8)]);
    assert.equal(partsOf(rows, 2 ** 30).length, 10);
    assert.deepEqual(partsOf([], 784), []);
  });
});
