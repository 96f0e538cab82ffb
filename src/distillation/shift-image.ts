import { decodeImage, encodeImage } from '../task/image-codec.js';
import { imageSizeOf, type ImageInput, type Input } from '../task/task.js';
import type { Augment } from './batch-source.js';
import type { Draw } from './seeded-draw.js';

/**
 * Creates an augmentation that moves an image by some pixels each way, zeros coming in at the edge.
 * Where that changes no label the teacher's distribution is kept: many rows for one answer.
 *
 * @param pixelsMax  the farthest move along each axis, a whole number from 1.
 */
export function createImageShift(
  { width, height, channels }: ImageInput,
  { pixelsMax, draw }: { readonly pixelsMax: number; readonly draw: Draw },
): Augment {
  const step = (): number => Math.floor(draw() * (2 * pixelsMax + 1)) - pixelsMax;
  return (source, target, offset) => {
    const [shiftX, shiftY] = [step(), step()];
    for (let y = 0; y < height; y++) {
      const sourceY = y + shiftY;
      for (let x = 0; x < width; x++) {
        const sourceX = x + shiftX;
        const isInside = sourceX >= 0 && sourceX < width && sourceY >= 0 && sourceY < height;
        const [to, from] = [(y * width + x) * channels, (sourceY * width + sourceX) * channels];
        for (let channel = 0; channel < channels; channel++)
          target[offset + to + channel] = isInside ? source[from + channel]! : 0;
      }
    }
  };
}

/** The same for an image in its canonical bytes. */
export function createInputShift(
  spec: ImageInput,
  pixelsMax: number,
): (input: Input, draw: Draw) => Input {
  return (input, draw) => {
    const moved = new Float32Array(imageSizeOf(spec));
    createImageShift(spec, { pixelsMax, draw })(decodeImage(input, spec), moved, 0);
    return encodeImage(moved);
  };
}
