import { createHash } from 'node:crypto';
import type { CapturedRow } from '../../src/capture/capture.js';
import type { LabelledRow } from '../../src/distillation/dataset.js';
import type { ImageTask } from '../../src/distillation/image-task.js';
import type { LabelledImage } from '../../src/task/labelled-images.js';
import type { LabelledInput } from '../../src/task/labelled-inputs.js';
import { capturedRow } from './captured-row.js';

/** A task that a small network learns in a second: which way a line in a noisy image lies. */
export const linesTask: ImageTask = {
  name: 'lines',
  title: 'Lines',
  input: { kind: 'image', width: 4, height: 4, channels: 1 },
  labels: ['flat', 'upright', 'slanted'],
};

/** Draws an image and its label. A shift by one pixel changes no label. */
function drawLine(draw: () => number): LabelledImage {
  const label = Math.floor(draw() * 3);
  const place = Math.floor(draw() * 2) + 1;
  const image = new Uint8Array(16);
  for (let k = 0; k < 16; k++) image[k] = Math.floor(draw() * 60);
  for (let k = 0; k < 4; k++) {
    const pixel = [place * 4 + k, k * 4 + place, k * 4 + k][label]!;
    image[pixel] = 180 + Math.floor(draw() * 60);
  }
  return { image, label, probabilities: distributionOf(label) };
}

export function drawLines(count: number, draw: () => number): LabelledImage[] {
  return Array.from({ length: count }, () => drawLine(draw));
}

/** A teacher that is nearly sure of its label. */
const distributionOf = (label: number): Float64Array =>
  new Float64Array(3).fill(0.02).with(label, 0.96);

/** The same as the gateway keeps it. */
export const labelledInputOf = ({ image, ...rest }: LabelledImage): LabelledInput => ({
  ...rest,
  input: image,
});

export const labelledRowOf = ({ image, label }: LabelledImage): LabelledRow => ({
  input: image,
  label,
});

/** A line as the log keeps it, labelled by its teacher; its hash follows from its pixels. */
export function capturedLine(
  { image, label, probabilities }: LabelledImage,
  changes: Partial<CapturedRow> & { readonly id: string },
): CapturedRow {
  return capturedRow({
    task: linesTask.name,
    input: image,
    inputHash: createHash('sha256').update(image).digest('hex').slice(0, 32),
    teacherLabel: label,
    teacherProbabilities: probabilities,
    teacherVersion: 'v0-teacher',
    ...changes,
  });
}
