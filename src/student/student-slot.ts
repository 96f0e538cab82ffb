/** A thing in use by requests, which may be replaced at any moment without disturbing them. */
export interface Slot<T extends { close(): Promise<void> }> {
  /** Null when the slot is empty. Call `release` when the request has ended. */
  acquire(): { readonly value: T; readonly release: () => void } | null;
  peek(): T | null;
  /**
   * Puts `next` in front of new requests at once. Resolves when the last request on the old one has
   * ended and the old one is closed.
   */
  swap(next: T | null): Promise<void>;
}

interface Entry<T> {
  readonly value: T;
  users: number;
  onUnused: (() => void) | null;
}

/** Creates an empty slot. One request holds one lease, so an answer never mixes versions. */
export function createSlot<T extends { close(): Promise<void> }>(): Slot<T> {
  let current: Entry<T> | null = null;

  return {
    acquire() {
      const entry = current;
      if (entry === null) return null;
      entry.users++;
      let isReleased = false;
      return {
        value: entry.value,
        release: () => {
          if (isReleased) return;
          isReleased = true;
          entry.users--;
          if (entry.users === 0) entry.onUnused?.();
        },
      };
    },
    peek: () => current?.value ?? null,
    async swap(next) {
      const old = current;
      current = next === null ? null : { value: next, users: 0, onUnused: null };
      if (old === null) return;
      if (old.users > 0) await new Promise<void>((resolve) => (old.onUnused = resolve));
      await old.value.close();
    },
  };
}
