import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../src/teacher/resilience/clock.js';

/** A clock that stands still until a test moves it. */
export class VirtualClock implements Clock {
  private atMs = 0;
  private timers: { readonly dueMs: number; readonly call: () => void }[] = [];

  readonly nowMs = (): number => this.atMs;

  after(delayMs: number, call: () => void): () => void {
    const timer = { dueMs: this.atMs + delayMs, call };
    this.timers.push(timer);
    return () => void (this.timers = this.timers.filter((other) => other !== timer));
  }

  /** Timers that wait: none is left behind by what has ended. */
  get waiting(): number {
    return this.timers.length;
  }

  /** Lets so many ms pass, whatever is due in their order, and all that follows from it. */
  async pass(durationMs: number): Promise<void> {
    const endMs = this.atMs + durationMs;
    await setImmediate();
    for (;;) {
      const [next] = this.timers
        .filter(({ dueMs }) => dueMs <= endMs)
        .sort((one, other) => one.dueMs - other.dueMs);
      if (next === undefined) break;
      this.timers = this.timers.filter((timer) => timer !== next);
      this.atMs = Math.max(this.atMs, next.dueMs);
      next.call();
      await setImmediate();
    }
    this.atMs = endMs;
  }
}
