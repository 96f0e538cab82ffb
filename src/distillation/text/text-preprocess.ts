import { createHashedNgramsPreprocessor } from '../../preprocess/hashed-ngrams.js';
import type { HashedNgramsPreprocess } from '../../preprocess/preprocess-spec.js';
import type { Input } from '../../task/task.js';

/** Names of the inputs of a text student. */
export const textTensors = { ids: 'ids', weights: 'weights' } as const;

/** How the texts of a student made here become numbers; training goes the same way as serving. */
export const textPreprocess: HashedNgramsPreprocess = {
  kind: 'hashed-ngrams',
  buckets: 2 ** 18,
  words: [1, 2],
  characters: [2, 5],
  isLowerCased: true,
  form: { kind: 'sparse', ...textTensors },
};

/** The n-grams of a text, as `createHashedNgramsPreprocessor` weighs them. */
export interface HashedText {
  /** [n], ascending. */
  readonly buckets: Uint32Array;
  /** [n], of length 1. */
  readonly weights: Float32Array;
}

/** Gives the n-grams of one text after the other. */
export function createTextHasher(): (input: Input) => HashedText {
  const preprocessor = createHashedNgramsPreprocessor(textPreprocess);
  return (input) => {
    const [ids, weights] = preprocessor.prepare(input);
    const padded = weights!.data as Float32Array;
    let length = padded.length;
    while (length > 0 && padded[length - 1] === 0) length--;
    // Numbers of 64 bits, low half first; buckets are smaller than the low half.
    const halves = new Uint32Array((ids!.data as BigInt64Array).buffer);
    return {
      buckets: Uint32Array.from({ length }, (_, k) => halves[2 * k]!),
      weights: padded.slice(0, length),
    };
  };
}
