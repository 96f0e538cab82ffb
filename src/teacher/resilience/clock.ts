/** Time as resilience sees it: a test brings its own. */
export interface Clock {
  /** ms; never goes back. */
  nowMs(): number;
  /** Calls once, after so many ms. @returns what takes it back. */
  after(delayMs: number, call: () => void): () => void;
}

/** The time that everybody has. Its timers do not keep the process up. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  after(delayMs, call) {
    const timer = setTimeout(call, delayMs).unref();
    return () => clearTimeout(timer);
  },
};
