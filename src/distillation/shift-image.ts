import type { ImageInput } from '../task/task.js';
import type { Augment } from './batch-source.js';
import type { Draw } from './seeded-draw.js';

/**
 * Creates an augmentation that moves an image by up to one pixel each way, zeros coming in at the
 * edge. A pixel changes no label, so the teacher's distribution is kept: nine rows for one answer.
 */
export function createImageShift({ width, height }: ImageInput, draw: Draw): Augment {
  const step = (): number => Math.floor(draw() * 3) - 1;
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
