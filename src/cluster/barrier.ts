/** Lets nobody on before all have come. */
export interface Barrier<T> {
  /** Resolves when all that are expected have come, or have left for good. */
  arrive(one: T): Promise<void>;
  /** Looks again: one that was expected is so no more. */
  look(): void;
}

/** @param expected  who must come, as of now. */
export function createBarrier<T>(expected: () => Iterable<T>): Barrier<T> {
  const arrived = new Set<T>();
  let open: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  function look(): void {
    for (const one of expected()) if (!arrived.has(one)) return;
    open();
  }
  return {
    arrive(one) {
      arrived.add(one);
      look();
      return opened;
    },
    look,
  };
}
