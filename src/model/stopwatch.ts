/** Adds up the time that work takes. */
export class Stopwatch {
  /** So far, ms. */
  ms = 0;

  /** Does something that ends before it returns, and adds its time, also when it throws. */
  time<T>(work: () => T): T {
    const startedMs = performance.now();
    try {
      return work();
    } finally {
      this.ms += performance.now() - startedMs;
    }
  }
}
