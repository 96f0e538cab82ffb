import { visitNgramHashes, fnv1a } from '../../preprocess/ngram-hashes.js';
import { decodeText, encodeText } from '../../task/text-codec.js';
import type { Input } from '../../task/task.js';
import { createSeededDraw } from '../seeded-draw.js';
import { keyOf } from './key-of.js';

const bands = 10;
const hashesPerBand = 5;
/** Runs of so many characters of a word make a text. */
const runLength = 4;
/** Of a long text those runs are looked at whose hashes are the smallest: a fair part of it. */
const runsMax = 400;

const draw = createSeededDraw(1);
const whole = (): number => Math.floor(draw() * 0x1_0000_0000);
const hashes = Array.from({ length: bands * hashesPerBand }, () => ({
  flip: whole(),
  factor: whole() | 1,
}));

/**
 * Sketches a text by MinHash over runs of four characters, without case, signs and the forms of
 * letters that only look different. Two texts of which a share J of the runs is common have a key
 * in common with probability
 *
 *     1 - (1 - J^5)^10:    0.02 at J = 0.3,   0.27 at 0.5,   0.84 at 0.7,   0.98 at 0.8
 *
 * @see Broder 1997, "On the resemblance and containment of documents"
 */
export function sketchText(input: Input): Float64Array {
  const text = decodeText(input).normalize('NFKC').toLowerCase();
  const met = new Set<number>();
  visitNgramHashes(text, { words: null, characters: [runLength, runLength] }, (hash) =>
    met.add(hash),
  );
  // Signs alone: alike is only what is equal.
  if (met.size === 0) return Float64Array.of(keyOf([fnv1a(encodeText(text))], bands));
  const runs = met.size <= runsMax ? [...met] : [...met].sort((a, b) => a - b).slice(0, runsMax);
  const smallest = hashes.map(({ flip, factor }) => {
    let least = 0xffff_ffff;
    for (const run of runs) {
      let mixed = Math.imul(run ^ flip, factor);
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
      mixed = (mixed ^ (mixed >>> 12)) >>> 0;
      if (mixed < least) least = mixed;
    }
    return least;
  });
  return Float64Array.from({ length: bands }, (_, band) =>
    keyOf(smallest.slice(band * hashesPerBand, (band + 1) * hashesPerBand), band),
  );
}
