import { hash, timingSafeEqual } from 'node:crypto';
import type { ApiKey } from './api-key.js';

/** Knows keys by what is presented as one. */
export interface KeyRing {
  /** Null for what is no key here. */
  find(presented: string): ApiKey | null;
  /** From now on these are the keys, and no others. */
  replace(keys: readonly ApiKey[]): void;
  all(): readonly ApiKey[];
}

/**
 * What is presented is hashed first and compared in constant time, so that neither says how near a
 * guess was. A key that was found is remembered as it was presented: requests that repeat it cost
 * one look into a map.
 */
export function createKeyRing(keys: readonly ApiKey[], digestOf = sha256Of): KeyRing {
  let entries = keys.map(entryOf);
  const found = new Map<string, ApiKey>(); // One text a key at most: nobody finds a second one.

  return {
    find(presented) {
      const known = found.get(presented);
      if (known !== undefined) return known;
      const digest = digestOf(presented);
      let match: ApiKey | null = null;
      for (const { sha256, key } of entries) if (timingSafeEqual(sha256, digest)) match = key;
      if (match !== null) found.set(presented, match);
      return match;
    },
    replace(next) {
      entries = next.map(entryOf);
      found.clear();
    },
    all: () => entries.map(({ key }) => key),
  };
}

const sha256Of = (presented: string): Buffer => hash('sha256', presented, 'buffer');
const entryOf = (key: ApiKey) => ({ key, sha256: Buffer.from(key.sha256, 'hex') });
