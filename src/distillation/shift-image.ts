import type { ImageInput } from '../task/task.js';
import type { Augment } from './batch-source.js';
import type { Draw } from './seeded-draw.js';

/**
 * Creates an augmentation that moves an image by some pixels each way, zeros coming in at the edge.
 * Where that changes no label the teacher's distribution is kept: many rows for one answer.
 *
 * @param pixelsMax  the farthest move along each axis, a whole number from 1.
 */
export function createImageShift(
  { width, height }: ImageInput,
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
        target[offset + y * width + x] = isInside ? source[sourceY * width + sourceX]! : 0;
      }
    }
  };
}
