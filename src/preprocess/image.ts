import { InvalidBundleError } from '../errors.js';
import { decodeImage, isEightBit } from '../task/image-codec.js';
import type { ImageInput } from '../task/task.js';
import type { ImagePreprocess } from './preprocess-spec.js';
import type { Preprocessor } from './preprocessor.js';
import { createResize } from './resize-image.js';

/**
 * Creates the preprocessing of images: resize, order of the channels, value, layout.
 *
 *     tensor[c] = (pixel[c] * scale - mean[c]) / std[c]
 *
 * `c` counts the channels as the model has them: with `bgr`, `mean[0]` and `std[0]` are of blue.
 * Where nothing changes, the tensor is a view of the input's bytes, of 8 bits where these are.
 *
 * @param input       what the task takes; the model takes as many channels.
 * @param tensorName  input of the model.
 * @throws {InvalidBundleError} when `spec` has not one mean and one std for each channel.
 */
export function createImagePreprocessor(
  input: ImageInput,
  spec: ImagePreprocess,
  tensorName: string,
): Preprocessor {
  checkChannels(input, spec);
  const resize = createResize({
    from: input,
    to: spec,
    channels: input.channels,
    method: spec.resize,
  });
  const isPlain = isAsIs(input, spec);
  const arrange = isPlain ? (pixels: Float32Array) => pixels : createArrange(input, spec);
  const isUntouched = isPlain && spec.width === input.width && spec.height === input.height;
  const dims = dimsOf(input, spec);
  return {
    tensorNames: [tensorName],
    prepare(image) {
      if (isUntouched && isEightBit(image, input))
        return [{ name: tensorName, dtype: 'unit8', data: image, dims }];
      const data = arrange(resize(decodeImage(image, input)));
      return [{ name: tensorName, dtype: 'float32', data, dims }];
    },
  };
}

function checkChannels({ channels }: ImageInput, { mean, std }: ImagePreprocess): void {
  if (mean.length === channels && std.length === channels && !std.includes(0)) return;
  throw new InvalidBundleError(
    `The preprocessing has ${mean.length} mean and ${std.length} std for images of ${channels} ` +
      `channels, or a std of 0. Give one of each for every channel in the manifest.`,
  );
}

function isAsIs({ channels }: ImageInput, spec: ImagePreprocess): boolean {
  const { layout, channelOrder, scale, mean, std } = spec;
  const isInOrder = channels === 1 || (layout !== 'nchw' && channelOrder === 'rgb');
  const isInRange = scale === 1 && mean.every((value) => value === 0);
  return isInOrder && isInRange && std.every((value) => value === 1);
}

/** Pixels of the model's size [height, width, channels] -> the values and the layout it takes. */
function createArrange({ channels }: ImageInput, spec: ImagePreprocess) {
  const { width, height, layout, channelOrder, scale, mean, std } = spec;
  const plane = width * height;
  const [pixelStep, channelStep] = layout === 'nchw' ? [1, plane] : [channels, 1];
  return (pixels: Float32Array): Float32Array => {
    const tensor = new Float32Array(pixels.length);
    for (let c = 0; c < channels; c++) {
      const source = channelOrder === 'bgr' ? channels - 1 - c : c;
      const [meanOfChannel, stdOfChannel] = [mean[c]!, std[c]!];
      for (let k = 0; k < plane; k++) {
        const value = pixels[k * channels + source]! * scale - meanOfChannel;
        tensor[k * pixelStep + c * channelStep] = value / stdOfChannel;
      }
    }
    return tensor;
  };
}

function dimsOf({ channels }: ImageInput, { width, height, layout }: ImagePreprocess): number[] {
  switch (layout) {
    case 'flat':
      return [height * width * channels];
    case 'nchw':
      return [channels, height, width];
    case 'nhwc':
      return [height, width, channels];
  }
}
