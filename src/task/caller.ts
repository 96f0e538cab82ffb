/**
 * Whoever waits for an answer. Most never hang up: their signal is made only for who listens to it.
 */
export interface Caller {
  /** He has hung up. */
  readonly aborted: boolean;
  /** Fires when he hangs up. */
  readonly signal: AbortSignal;
}

/** A caller and the way to say that he has hung up. */
export function createCaller(): Caller & { hangUp(): void } {
  let isGone = false;
  let controller: AbortController | null = null;
  return {
    get aborted() {
      return isGone;
    },
    get signal() {
      controller ??= new AbortController();
      if (isGone) controller.abort();
      return controller.signal;
    },
    hangUp() {
      isGone = true;
      controller?.abort();
    },
  };
}

/** A caller who hangs up when a signal fires. */
export const callerOf = (signal: AbortSignal): Caller => ({
  get aborted() {
    return signal.aborted;
  },
  signal,
});
