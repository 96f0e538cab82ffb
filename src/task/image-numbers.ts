import { flattenLists } from './flatten-lists.js';
import { imageSizeOf, type ImageInput } from './task.js';

/** Turns one image into its bytes, or says what is wrong with it. */
export type ReadImageNumbers = (list: readonly unknown[], spec: ImageInput) => Uint8Array | string;

/**
 * Creates a reader of one file's images that are lists of numbers, flat or in lists of lists, in
 * the order [height, width, channels]: 0 to 255, or shares from 0 to 1. Which of the two is seen
 * from the first number that tells; until then 1 is as bright as can be.
 */
export function createImageNumbers(): ReadImageNumbers {
  let brightest: 1 | 255 | null = null;

  return (list, spec) => {
    const size = imageSizeOf(spec);
    const numbers = flattenLists(list, size + 1).map((value) =>
      typeof value === 'bigint' ? Number(value) : value,
    );
    if (numbers.length !== size)
      return `must be ${size} numbers, got ${numbers.length > size ? 'more' : numbers.length}.`;
    if (!numbers.every((value): value is number => typeof value === 'number' && value >= 0))
      return 'must be numbers from 0.';
    if (numbers.some((value) => value > 1)) brightest ??= 255;
    else if (numbers.some((value) => value % 1 !== 0)) brightest ??= 1;
    const most = brightest ?? 1;
    if (numbers.some((value) => value > most))
      return `must be numbers from 0 to ${most}, as those of the rows before.`;
    return Uint8Array.from(numbers, (value) => Math.round((value * 255) / most));
  };
}
