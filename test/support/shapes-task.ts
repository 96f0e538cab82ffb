import { seedRowOf, type DatasetRow } from '../../src/distillation/dataset.js';
import type { ImageTask } from '../../src/distillation/image-task.js';

/** Coloured shapes somewhere in noisy RGB images: neither colour nor place gives them away. */
export const shapesTask = (side: number): ImageTask => ({
  name: 'shapes',
  title: 'Shapes',
  input: { kind: 'image', width: side, height: side, channels: 3 },
  labels: ['square', 'disc', 'cross', 'frame'],
});

/** Whether a point, in [-1, 1] along each axis, is of a shape. */
const shapes: readonly ((x: number, y: number) => boolean)[] = [
  () => true,
  (x, y) => x * x + y * y < 1,
  (x, y) => Math.min(Math.abs(x), Math.abs(y)) < 0.3,
  (x, y) => Math.max(Math.abs(x), Math.abs(y)) > 0.6,
];

export function drawShapes(count: number, side: number, draw: () => number): DatasetRow[] {
  return Array.from({ length: count }, (_, index) => {
    const label = index % 4;
    const radius = side * (0.22 + 0.1 * draw());
    const centre = () => side / 2 + (draw() - 0.5) * 0.2 * side;
    const [centreX, centreY] = [centre(), centre()];
    const colour = Array.from({ length: 3 }, () => 110 + 140 * draw());
    const ground = Array.from({ length: 3 }, () => 90 * draw());
    const input = new Uint8Array(side * side * 3);
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++) {
        const [across, down] = [(x - centreX) / radius, (y - centreY) / radius];
        const isNear = Math.max(Math.abs(across), Math.abs(down)) < 1;
        const shade = isNear && shapes[label]!(across, down) ? colour : ground;
        for (let c = 0; c < 3; c++) input[(y * side + x) * 3 + c] = shade[c]! + 30 * draw();
      }
    const probabilities = new Float64Array(4).fill(0.02).with(label, 0.94);
    return seedRowOf({ input, label, probabilities }, index);
  });
}
