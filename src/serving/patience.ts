import type { Caller } from '../task/caller.js';

/** How long a caller waits. */
export interface Patience {
  readonly caller: Caller;
  /** He has hung up, or his `timeoutMs` are over. */
  readonly aborted: boolean;
  /** Fires then. */
  readonly signal: AbortSignal;
  /** What is left of his time, ms, at least 1; null for a caller without a deadline. */
  leftMs(): number | null;
}

/** @param timeoutMs  the caller's own deadline, ms from now; null for none. */
export function createPatience(caller: Caller, timeoutMs: number | null): Patience {
  if (timeoutMs === null) return new Endless(caller);
  const endMs = performance.now() + timeoutMs;
  const signal = AbortSignal.any([caller.signal, AbortSignal.timeout(timeoutMs)]);
  return {
    caller,
    get aborted() {
      return signal.aborted;
    },
    signal,
    leftMs: () => Math.max(1, Math.round(endMs - performance.now())),
  };
}

/** Of nearly every request: a class, because object literals with getters take a microsecond. */
class Endless implements Patience {
  constructor(readonly caller: Caller) {}

  get aborted(): boolean {
    return this.caller.aborted;
  }

  get signal(): AbortSignal {
    return this.caller.signal;
  }

  leftMs(): null {
    return null;
  }
}
