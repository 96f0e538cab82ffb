import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { loadModel, type LoadedModel } from '../../src/model/loaded-model.js';
import type { ImagePreprocess } from '../../src/preprocess/preprocess-spec.js';
import type { Dtype } from '../../src/task/dtype.js';
import { encodeImage, isEightBit } from '../../src/task/image-codec.js';
import type { ImageInput, Input } from '../../src/task/task.js';
import { asTheyAre } from '../support/fake-bundle.js';
import { imageInput } from '../support/inputs.js';
import { seededDraw } from '../support/seeded-draw.js';
import { tinySource } from '../support/tiny-model.js';
import { typedModel } from '../support/typed-model.js';

const input: ImageInput = { kind: 'image', width: 16, height: 16, channels: 1 };
const pixels = 256;
const opened: LoadedModel[] = [];
after(() => Promise.all(opened.map((model) => model.close())));

/** A matrix of numbers of either sign over pixels of some type. */
async function open(dtype: Dtype, preprocess: Partial<ImagePreprocess>): Promise<LoadedModel> {
  const draw = seededDraw(11);
  const bytes = typedModel({
    inputs: [{ name: 'input', dtype, shape: ['batch', pixels] }],
    weights: Float32Array.from({ length: pixels * 2 }, () => 2 * draw() - 1),
    classes: 2,
  });
  const changed = { ...asTheyAre(input), ...preprocess };
  const model = await loadModel(tinySource(bytes, { input, preprocess: changed }));
  opened.push(model);
  return model;
}

/** Every byte once, and noise: [8-bit form, float form] of the same image. */
const images: readonly (readonly [Input, Input])[] = Array.from({ length: 4 }, (_, index) => {
  const draw = seededDraw(index);
  const values = Float32Array.from({ length: pixels }, (_unused, k) => {
    const byte = index === 0 ? k : Math.floor(draw() * 256);
    return byte / 255;
  });
  return [encodeImage(values), imageInput(values)] as const;
});
const bits = (scores: readonly Float32Array[]) =>
  scores.map((row) => [...new Uint32Array(row.slice().buffer)]);

const standardised = { scale: 1, mean: [0.1307], std: [0.3081] };
const cases: readonly (readonly [string, Dtype, Partial<ImagePreprocess>])[] = [
  ['float32', 'float32', {}],
  ['float64', 'float64', {}],
  ['float16', 'float16', {}],
  ['uint8', 'uint8', {}],
  ['uint8 with a scale of 255', 'uint8', { scale: 255 }],
  ['standardised float32', 'float32', standardised],
  ['standardised float16', 'float16', standardised],
];
for (const [words, dtype, preprocess] of cases)
  describe(`a model of ${words}`, () => {
    it('scores an image of 8 bits and its float form the same, bit for bit', async () => {
      const model = await open(dtype, preprocess);
      const scoresOf = async (form: 0 | 1): Promise<readonly Float32Array[]> => {
        const alone: Float32Array[] = [];
        for (const image of images) alone.push(...(await model.run([model.prepare(image[form])])));
        return alone;
      };

      const [eightBit, float] = [await scoresOf(0), await scoresOf(1)];

      assert.ok(isEightBit(images[0]![0], input) && !isEightBit(images[0]![1], input));
      assert.deepEqual(bits(eightBit), bits(float));
      assert.notDeepEqual(bits([eightBit[0]!]), bits([eightBit[1]!]));
    });

    it('scores them the same side by side in one run', async () => {
      const model = await open(dtype, preprocess);

      const mixed = await model.run(images.map((image, k) => model.prepare(image[k % 2]!)));

      const others = await model.run(images.map((image, k) => model.prepare(image[(k + 1) % 2]!)));
      assert.deepEqual(bits(mixed), bits(others));
    });
  });

describe('a model of uint8 with a scale of 255', () => {
  it('gets the very bytes that the image was sent as', async () => {
    const bytes = typedModel({
      inputs: [{ name: 'input', dtype: 'uint8', shape: ['batch', pixels] }],
      // Scores: the sum of all bytes, and the byte of pixel 200.
      weights: Float32Array.from({ length: pixels * 2 }, (_, k) =>
        k % 2 === 0 ? 1 : +(k === 401),
      ),
      classes: 2,
    });
    const preprocess = { ...asTheyAre(input), scale: 255 };
    const model = await loadModel(tinySource(bytes, { input, preprocess }));
    opened.push(model);

    const [scores] = await model.run([model.prepare(images[0]![0])]);

    assert.deepEqual(scores, Float32Array.of((255 * 256) / 2, 200));
  });
});
