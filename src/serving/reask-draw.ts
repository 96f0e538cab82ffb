import { hash } from 'node:crypto';
import { uniformFromHash } from '../routing/holdout-draw.js';

/** What chance decides when a holdout row has reached the log. */
export interface ReaskDraw {
  /** Uniform in [0, 1): below `reaskRate`, the teacher is asked about a row again. */
  readonly reask: number;
  /** Uniform in [0, 1), independent of it: which row of the log that is. */
  readonly position: number;
}

/**
 * Draws by a keyed hash of the row's id, in a stream of its own: the gateway makes the ids, so no
 * caller chooses, and one who repeats an input causes no more checks than others.
 *
 * @param key  secret of this installation.
 */
export function createReaskDraw(key: Uint8Array): (rowId: string) => ReaskDraw {
  return (rowId) => {
    const digest = hash('sha256', Buffer.concat([key, Buffer.from(`reask ${rowId}`)]), 'binary');
    return { reask: uniformFromHash(digest), position: uniformFromHash(digest, 8) };
  };
}
