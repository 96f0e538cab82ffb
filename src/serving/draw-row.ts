import { hash } from 'node:crypto';
import { uniformFromHash } from '../routing/holdout-draw.js';
import type { Input } from '../task/task.js';

/** What chance decides about a row, before anything has looked at it. */
export interface RowDraw {
  /** Keyed hash of the input (hex): equal inputs, equal hashes. */
  readonly inputHash: string;
  /** Uniform in [0, 1), or 1: below the holdout rate, the row is a holdout row. */
  readonly holdout: number;
  /**
   * Uniform in [0, 1), independent of `holdout`: below `exploreRate`, a sure row is labelled too.
   */
  readonly explore: number;
}

/** No rate is above it. */
const neverHoldout = 1;

/** False for an input of the seed file. */
export const canBeHoldout = ({ holdout }: RowDraw): boolean => holdout < neverHoldout;

/** A SHA-256 as text of one character a byte: the cheapest form of it to read from. */
type Digest = string;

/**
 * Draws from a keyed hash of the input instead of dice, so that duplicates of an input always fall
 * on the same side and cannot leak from holdout into training. The key keeps callers from choosing.
 *
 * @param key        secret of this installation, at least 16 bytes.
 * @param seedHashes of inputs that every student is trained on: none of them ever becomes a holdout
 *                   row.
 */
export function createDrawRow(
  key: Uint8Array,
  seedHashes: ReadonlySet<string> = new Set(),
): (input: Input) => RowDraw {
  const digestOf = createDigest(key);
  const seeds = new Set([...seedHashes].map((hash) => Buffer.from(hash, 'hex').toString('latin1')));
  return (input) => {
    const digest = digestOf(input);
    const isSeed = seeds.size > 0 && seeds.has(identityOf(digest));
    // Three disjoint parts: the draws, and later splits by `inputHash`, are independent.
    return {
      inputHash: Buffer.from(identityOf(digest), 'latin1').toString('hex'),
      holdout: isSeed ? neverHoldout : uniformFromHash(digest),
      explore: uniformFromHash(digest, 8),
    };
  };
}

/** The hashes of inputs, as `createDrawRow` takes them. */
export const hashesOf = (key: Uint8Array, inputs: readonly Input[]): ReadonlySet<string> =>
  new Set(inputs.map(createDrawRow(key)).map(({ inputHash }) => inputHash));

const identityOf = (digest: Digest): string => digest.slice(16);

function createDigest(key: Uint8Array): (input: Input) => Digest {
  let keyed = Buffer.from(key); // The key, and the input after it; grows to the largest input.
  return (input) => {
    const bytes = key.byteLength + input.byteLength;
    if (keyed.byteLength < bytes) keyed = Buffer.concat([key], bytes);
    keyed.set(input, key.byteLength);
    const isFull = keyed.byteLength === bytes; // As with images, which all have one size.
    return hash('sha256', isFull ? keyed : keyed.subarray(0, bytes), 'binary');
  };
}
