/** Knows inputs again: a repeat of one of the newest proves nothing, and is not counted. */
export interface RecentInputs {
  /** Takes in an input. @returns whether it is none of the newest. */
  isNew(inputHash: string): boolean;
  clear(): void;
}

/** @param inputsMax  newest inputs whose repeats are known, >= 1; bounds memory. */
export function createRecentInputs(inputsMax = 2_000): RecentInputs {
  const hashes = new Set<string>();
  return {
    isNew(inputHash) {
      if (hashes.has(inputHash)) return false;
      hashes.add(inputHash);
      if (hashes.size > inputsMax) {
        const [oldest] = hashes;
        hashes.delete(oldest!);
      }
      return true;
    },
    clear: () => hashes.clear(),
  };
}
