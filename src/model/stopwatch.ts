/** Adds up the time that work takes. */
export class Stopwatch {
  private totalMs = 0;

  /** So far, ms. */
  get ms(): number {
    return this.totalMs;
  }

  /** Adds time that somebody else has measured. */
  add(ms: number): void {
    this.totalMs += ms;
  }

  /** Does something that ends before it returns, and adds its time, also when it throws. */
  time<T>(work: () => T): T {
    const startedMs = performance.now();
    try {
      return work();
    } finally {
      this.add(performance.now() - startedMs);
    }
  }
}
