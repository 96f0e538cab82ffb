import type { Augment } from '../distillation/batch-source.js';
import type { Draw } from '../distillation/seeded-draw.js';
import type { ImageInput } from '../task/task.js';

/** How far a digit may be bent and still be read the same: radians, shares, pixels. */
const limits = { angle: 0.26, scale: 0.15, aspect: 0.1, shear: 0.3, shift: 2.5 } as const;

/**
 * Creates an augmentation that turns, scales, shears and moves an image at random (bilinear, zeros
 * outside). For teachers: it makes a few thousand digits do the work of many more.
 */
export function createImageDistortion({ width, height }: ImageInput, draw: Draw): Augment {
  const within = (limit: number): number => (draw() * 2 - 1) * limit;
  const [centreX, centreY] = [(width - 1) / 2, (height - 1) / 2];

  return (source, target, offset) => {
    const angle = within(limits.angle);
    const scaleX = 1 + within(limits.scale);
    const scaleY = scaleX * (1 + within(limits.aspect));
    const shear = within(limits.shear);
    const [shiftX, shiftY] = [within(limits.shift), within(limits.shift)];
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    // Where a pixel of the new image comes from: diag(scaleX, scaleY) R + R [0 shear; 0 0], R the
    // rotation, about the centre; then the shift.
    const [xx, xy] = [cos * scaleX, shear * cos - sin * scaleX];
    const [yx, yy] = [sin * scaleY, shear * sin + cos * scaleY];

    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const [dx, dy] = [x - centreX, y - centreY];
        const sourceX = xx * dx + xy * dy + centreX + shiftX;
        const sourceY = yx * dx + yy * dy + centreY + shiftY;
        target[offset + y * width + x] = sampleAt(source, {
          x: sourceX,
          y: sourceY,
          width,
          height,
        });
      }
    }
  };
}

/** Bilinear: the four pixels around a point, weighted by how near they are. */
function sampleAt(
  image: Float32Array,
  { x, y, width, height }: { x: number; y: number; width: number; height: number },
): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [shareX, shareY] = [x - left, y - top];
  let value = 0;
  for (let row = 0; row < 2; row++) {
    for (let column = 0; column < 2; column++) {
      const [pixelX, pixelY] = [left + column, top + row];
      if (pixelX < 0 || pixelX >= width || pixelY < 0 || pixelY >= height) continue;
      const weightX = column === 1 ? shareX : 1 - shareX;
      const weightY = row === 1 ? shareY : 1 - shareY;
      value += image[pixelY * width + pixelX]! * weightX * weightY;
    }
  }
  return value;
}
