/** Newest inputs whose repeats are known; bounds memory. */
const recentInputsMax = 2_000;

/** Knows inputs again: a repeat of one of the newest 2 000 proves nothing, and is not counted. */
export interface RecentInputs {
  /** Takes in an input. @returns whether it is none of the newest. */
  isNew(inputHash: string): boolean;
  clear(): void;
}

export function createRecentInputs(): RecentInputs {
  const hashes = new Set<string>();
  return {
    isNew(inputHash) {
      if (hashes.has(inputHash)) return false;
      hashes.add(inputHash);
      if (hashes.size > recentInputsMax) {
        const [oldest] = hashes;
        hashes.delete(oldest!);
      }
      return true;
    },
    clear: () => hashes.clear(),
  };
}
