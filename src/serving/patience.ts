/** How long a caller waits. */
export interface Patience {
  /** Fires when the caller hangs up. */
  readonly caller: AbortSignal;
  /** Fires then, and when the caller's `timeoutMs` are over. */
  readonly signal: AbortSignal;
  /** What is left of them, ms, at least 1; null for a caller without. */
  readonly leftMs: () => number | null;
}

/** @param timeoutMs  the caller's own deadline, ms from now; null for none. */
export function createPatience(caller: AbortSignal, timeoutMs: number | null): Patience {
  if (timeoutMs === null) return { caller, signal: caller, leftMs: () => null };
  const endMs = performance.now() + timeoutMs;
  return {
    caller,
    signal: AbortSignal.any([caller, AbortSignal.timeout(timeoutMs)]),
    leftMs: () => Math.max(1, Math.round(endMs - performance.now())),
  };
}
