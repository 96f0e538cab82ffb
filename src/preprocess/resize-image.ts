export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

interface ResizeOptions {
  readonly from: ImageSize;
  readonly to: ImageSize;
  readonly channels: number;
  readonly method: 'bilinear' | 'nearest';
}

/** [height, width, channels] float32 -> another size; the same array where the size is the same. */
export type ResizeImage = (pixels: Float32Array) => Float32Array;

/**
 * Creates the resizing of images from one size to another.
 *
 * - bilinear: pixel centres are at halves, the edge is repeated, and shrinking does not average:
 *   `interpolate(mode='bilinear', align_corners=False)` of PyTorch, `Resize` of ONNX with
 *   `linear` and `half_pixel`.
 *
 *       source = max(0, (target + 0.5) * from / to - 0.5)
 *
 * - nearest: `interpolate(mode='nearest')` of PyTorch, INTER_NEAREST of OpenCV, `Resize` of ONNX
 *   with `nearest`, `asymmetric` and `floor`. (Not Pillow's, which takes centres at halves.)
 *
 *       source = floor(target * from / to)
 *
 *   That is exact. ONNX Runtime rounds to / from to float32 first: where the source is a whole
 *   number it may take the pixel before (28 to 32: 6 for the eighth, which is 7).
 */
export function createResize({ from, to, channels, method }: ResizeOptions): ResizeImage {
  if (from.width === to.width && from.height === to.height) return (pixels) => pixels;
  const tapsOf = method === 'bilinear' ? bilinearTaps : nearestTaps;
  const columns = tapsOf(from.width, to.width);
  const rows = tapsOf(from.height, to.height);
  const stride = from.width * channels;
  return (pixels) => {
    const resized = new Float32Array(to.width * to.height * channels);
    let target = 0;
    for (let y = 0; y < to.height; y++) {
      const top = rows.first[y]! * stride;
      const bottom = rows.second[y]! * stride;
      const down = rows.weight[y]!;
      for (let x = 0; x < to.width; x++) {
        const left = columns.first[x]! * channels;
        const right = columns.second[x]! * channels;
        const across = columns.weight[x]!;
        for (let c = 0; c < channels; c++) {
          const above = mix(pixels[top + left + c]!, pixels[top + right + c]!, across);
          const below = mix(pixels[bottom + left + c]!, pixels[bottom + right + c]!, across);
          resized[target++] = mix(above, below, down);
        }
      }
    }
    return resized;
  };
}

/** Which two source pixels make each target pixel along one axis, and the share of the second. */
interface Taps {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly weight: Float64Array;
}

function bilinearTaps(from: number, to: number): Taps {
  const source = Float64Array.from({ length: to }, (_, target) =>
    Math.max(0, ((target + 0.5) * from) / to - 0.5),
  );
  return {
    first: Int32Array.from(source, Math.floor),
    second: Int32Array.from(source, (at) => Math.min(Math.floor(at) + 1, from - 1)),
    weight: source.map((at) => at - Math.floor(at)),
  };
}

function nearestTaps(from: number, to: number): Taps {
  const first = Int32Array.from({ length: to }, (_, target) => Math.floor((target * from) / to));
  return { first, second: first, weight: new Float64Array(to) };
}

const mix = (a: number, b: number, share: number): number => a + (b - a) * share;
