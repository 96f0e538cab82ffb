import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InvalidBundleError } from '../../src/errors.js';
import { createImagePreprocessor } from '../../src/preprocess/image.js';
import type { ImagePreprocess } from '../../src/preprocess/preprocess-spec.js';
import type { ImageInput } from '../../src/task/task.js';
import { assertNearAll } from '../support/assert-near-all.js';
import { resizeByRuntime } from '../support/resize-model.js';
import { seededDraw } from '../support/seeded-draw.js';

const imageOf = (width: number, height: number, channels: 1 | 3): ImageInput => ({
  kind: 'image',
  width,
  height,
  channels,
});

/** Leaves an image as it is, but for what `changes` say. */
const specFor = (
  { width, height, channels }: ImageInput,
  changes: Partial<ImagePreprocess> = {},
): ImagePreprocess => ({
  kind: 'image',
  width,
  height,
  resize: 'bilinear',
  layout: 'flat',
  channelOrder: 'rgb',
  scale: 1,
  mean: new Array<number>(channels).fill(0),
  std: new Array<number>(channels).fill(1),
  ...changes,
});

const bytesOf = (pixels: readonly number[]): Uint8Array =>
  new Uint8Array(Float32Array.from(pixels).buffer);

function prepare(
  input: ImageInput,
  changes: Partial<ImagePreprocess>,
  bytes: Uint8Array,
): { readonly data: Float32Array; readonly dims: readonly number[] } {
  const [tensor] = createImagePreprocessor(input, specFor(input, changes), 'x').prepare(bytes);
  return { data: tensor!.data as Float32Array, dims: tensor!.dims };
}

/** Two pixels, side by side: red to blue each. */
const colours = imageOf(2, 1, 3);
const colourBytes = bytesOf([0.125, 0.25, 0.375, 0.5, 0.75, 1]);

describe('the tensor of an image', () => {
  it('has the name and the type that the model asks for', () => {
    const preprocessor = createImagePreprocessor(colours, specFor(colours), 'pixel_values');

    const [tensor] = preprocessor.prepare(colourBytes);

    assert.deepEqual(preprocessor.tensorNames, ['pixel_values']);
    assert.equal(tensor!.name, 'pixel_values');
    assert.equal(tensor!.dtype, 'float32');
  });

  const layouts: readonly {
    changes: Partial<ImagePreprocess>;
    dims: number[];
    data: number[];
  }[] = [
    { changes: { layout: 'flat' }, dims: [6], data: [0.125, 0.25, 0.375, 0.5, 0.75, 1] },
    { changes: { layout: 'nhwc' }, dims: [1, 2, 3], data: [0.125, 0.25, 0.375, 0.5, 0.75, 1] },
    { changes: { layout: 'nchw' }, dims: [3, 1, 2], data: [0.125, 0.5, 0.25, 0.75, 0.375, 1] },
    {
      changes: { layout: 'nhwc', channelOrder: 'bgr' },
      dims: [1, 2, 3],
      data: [0.375, 0.25, 0.125, 1, 0.75, 0.5],
    },
    {
      changes: { layout: 'nchw', channelOrder: 'bgr' },
      dims: [3, 1, 2],
      data: [0.375, 1, 0.25, 0.75, 0.125, 0.5],
    },
    {
      changes: { layout: 'nchw', scale: 8, mean: [1, 2, 3], std: [1, 2, 0.5] },
      dims: [3, 1, 2],
      data: [0, 3, 0, 2, 0, 10],
    },
    {
      changes: { layout: 'nhwc', channelOrder: 'bgr', mean: [0.375, 0, 0], std: [1, 1, 0.125] },
      dims: [1, 2, 3],
      data: [0, 0.25, 1, 0.625, 0.75, 4],
    },
  ];
  for (const { changes, dims, data } of layouts) {
    it(`is arranged as the model takes it: ${JSON.stringify(changes)}`, () => {
      const tensor = prepare(colours, changes, colourBytes);

      assert.deepEqual(tensor, { dims, data: Float32Array.from(data) });
    });
  }

  it('is a view of the bytes where nothing changes, and a copy where they are not aligned', () => {
    const grey = imageOf(2, 2, 1);
    const bytes = bytesOf([0, 0.25, 0.5, 1]);
    const shifted = Buffer.alloc(17).subarray(1);
    shifted.set(bytes);

    for (const layout of ['flat', 'nchw', 'nhwc'] as const)
      assert.equal(prepare(grey, { layout }, bytes).data.buffer, bytes.buffer);
    for (const layout of ['flat', 'nhwc'] as const)
      assert.equal(prepare(colours, { layout }, colourBytes).data.buffer, colourBytes.buffer);
    const { data } = prepare(grey, {}, shifted);
    assert.deepEqual([...data], [0, 0.25, 0.5, 1]);
    const { data: changed } = prepare(colours, { layout: 'nchw' }, colourBytes);
    assert.notEqual(changed.buffer, colourBytes.buffer);
  });

  it('is refused for bytes of another image', () => {
    assert.throws(() => prepare(colours, {}, bytesOf([0, 1])), RangeError);
  });

  it('is refused for a bundle with other channels than the task', () => {
    for (const changes of [{ mean: [0] }, { std: [1] }, { std: [1, 0, 1] }]) {
      const spec = specFor(colours, changes);
      assert.throws(() => createImagePreprocessor(colours, spec, 'x'), InvalidBundleError);
    }
  });
});

describe('resizing', () => {
  /** ONNX Runtime computes in float32. */
  const tolerance = 1e-5;
  const sizes: readonly (readonly [number, number, number, number])[] = [
    [5, 7, 11, 13],
    [11, 13, 5, 7],
    [8, 8, 4, 4],
    [4, 4, 8, 8],
    [1, 3, 4, 2],
    [28, 28, 31, 31],
    [9, 4, 1, 1],
    [10, 6, 12, 9],
  ];
  const methods = {
    bilinear: { mode: 'linear', coordinate_transformation_mode: 'half_pixel' },
    nearest: {
      mode: 'nearest',
      coordinate_transformation_mode: 'asymmetric',
      nearest_mode: 'floor',
    },
  } as const;
  for (const resize of ['bilinear', 'nearest'] as const) {
    for (const channels of [1, 3] as const) {
      for (const [width, height, newWidth, newHeight] of sizes) {
        const name = `${width}x${height} to ${newWidth}x${newHeight}, ${channels} channels`;
        it(`is as ONNX Runtime resizes: ${resize}, ${name}`, async () => {
          const draw = seededDraw(7);
          const input = imageOf(width, height, channels);
          const pixels = Array.from({ length: width * height * channels }, () => draw());
          const planes = prepare(input, { layout: 'nchw' }, bytesOf(pixels));
          const expected = await resizeByRuntime(planes.data, {
            from: [1, ...planes.dims],
            to: [1, channels, newHeight, newWidth],
            attributes: methods[resize],
          });

          const changes = { resize, layout: 'nchw', width: newWidth, height: newHeight } as const;
          const { data, dims } = prepare(input, changes, bytesOf(pixels));

          assert.deepEqual(dims, [channels, newHeight, newWidth]);
          assertNearAll(data, expected, tolerance);
        });
      }
    }
  }

  it('takes the exact nearest pixel, where ONNX Runtime (28 to 32) falls one short', () => {
    const line = imageOf(28, 1, 1);
    const pixels = Array.from({ length: 28 }, (_, x) => x / 32);

    const { data } = prepare(line, { resize: 'nearest', width: 32 }, bytesOf(pixels));

    assert.deepEqual([...data.subarray(7, 10)], [6 / 32, 7 / 32, 7 / 32]);
  });

  it('keeps an even grey even', () => {
    const grey = imageOf(3, 3, 1);

    const { data } = prepare(grey, { width: 7, height: 5 }, bytesOf(new Array(9).fill(0.25)));

    assert.deepEqual(data, new Float32Array(35).fill(0.25));
  });
});
