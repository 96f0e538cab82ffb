import type { Graph, Value } from '../onnx/graph.js';
import { reshape, transpose } from '../onnx/operators.js';
import { decodeImage } from '../task/image-codec.js';
import { imageSizeOf, type ImageInput, type Input } from '../task/task.js';

/** How a large image is made small enough for a small network. */
export interface ImagePooling {
  readonly from: ImageInput;
  /** What the network sees. */
  readonly to: ImageInput;
  /** Pixels of `from` that one of `to` is the mean of, along each axis. */
  readonly window: { readonly width: number; readonly height: number };
}

/** Images of more pixels are pooled: a first layer of 128 on 224 x 224 x 3 alone is 77 MB. */
const pixelsMax = 64 * 64;
/** Pixels along an axis that a network sees of them: 33 to 48, where there are as many. */
const sideMax = 48;

/** @returns null where a network sees the pixels as they are. */
export function poolingOf(from: ImageInput): ImagePooling | null {
  const { width, height } = from;
  if (width * height <= pixelsMax) return null;
  const window = { width: Math.ceil(width / sideMax), height: Math.ceil(height / sideMax) };
  const to = {
    ...from,
    width: Math.floor(width / window.width),
    height: Math.floor(height / window.height),
  };
  return { from, to, window };
}

/** The size of what a network sees of an image. */
export const seenOf = (input: ImageInput): ImageInput => poolingOf(input)?.to ?? input;

/** @returns  [height, width, channels] float32 of `seenOf(spec)`. */
export function seeImage(input: Input, spec: ImageInput): Float32Array {
  const pooling = poolingOf(spec);
  const pixels = decodeImage(input, spec);
  return pooling === null ? pixels : poolImage(pixels, pooling);
}

/**
 * Takes the mean of windows side by side; rows and columns left over at the end, one in fifty at
 * most, are not seen.
 *
 * @param pixels  [height, width, channels] of `from`. Not modified.
 * @returns       [height, width, channels] of `to`.
 */
export function poolImage(pixels: Float32Array, { from, to, window }: ImagePooling): Float32Array {
  const { channels } = from;
  const pooled = new Float32Array(imageSizeOf(to));
  const area = window.width * window.height;
  for (let y = 0; y < to.height; y++)
    for (let x = 0; x < to.width; x++)
      for (let channel = 0; channel < channels; channel++) {
        let total = 0;
        for (let down = 0; down < window.height; down++) {
          const row = (y * window.height + down) * from.width + x * window.width;
          for (let across = 0; across < window.width; across++)
            total += pixels[(row + across) * channels + channel]!;
        }
        pooled[(y * to.width + x) * channels + channel] = total / area;
      }
  return pooled;
}

/** For people, behind the description of the network that sees so. */
export function poolingWords({ from, to }: ImagePooling): string {
  const size = ({ width, height }: ImageInput): string => `${width}x${height}`;
  return ` on ${size(to)} means of ${size(from)}`;
}

/** Appends what `poolImage` does: [batch, values of from] -> [batch, values of to]. */
export function pooledInside(graph: Graph, x: Value, { from, to, window }: ImagePooling): Value {
  const batch = x.shape[0]!;
  const sizes = [window.height, window.width];
  const attributes = { kernel_shape: { ints: sizes }, strides: { ints: sizes } };
  const pixels = reshape(graph, x, [batch, from.height, from.width, from.channels]);
  const planes = transpose(graph, pixels, [0, 3, 1, 2]);
  const shape = [batch, to.channels, to.height, to.width];
  const means = graph.apply('AveragePool', [planes], shape, attributes);
  return reshape(graph, transpose(graph, means, [0, 2, 3, 1]), [batch, imageSizeOf(to)]);
}
