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
  const draw = createDraw(key);
  return (input) => {
    const drawn = draw(input);
    return seedHashes.has(drawn.inputHash) ? { ...drawn, holdout: neverHoldout } : drawn;
  };
}

/** The hashes of inputs, as `createDrawRow` takes them. */
export const hashesOf = (key: Uint8Array, inputs: readonly Input[]): ReadonlySet<string> =>
  new Set(inputs.map(createDraw(key)).map(({ inputHash }) => inputHash));

function createDraw(key: Uint8Array): (input: Input) => RowDraw {
  let keyed = Buffer.from(key); // The key, and the input after it; grows to the largest input.
  return (input) => {
    const bytes = key.byteLength + input.byteLength;
    if (keyed.byteLength < bytes) keyed = Buffer.concat([key], bytes);
    keyed.set(input, key.byteLength);
    const digest = hash('sha256', keyed.subarray(0, bytes), 'hex');
    // Three disjoint parts of it, so that draws and later splits by `inputHash` are independent.
    return {
      inputHash: digest.slice(32),
      holdout: uniformFromHash(digest),
      explore: uniformFromHash(digest, 16),
    };
  };
}
