import type { Caller } from '../task/caller.js';
import { Deadline } from '../task/deadline.js';

/** How long a caller waits. */
export interface Patience {
  readonly caller: Caller;
  /** He has hung up, or his `timeoutMs` are over. */
  readonly aborted: boolean;
  /** Fires then. */
  readonly signal: AbortSignal;
  /** What is left of his time, ms, at least 1; null for a caller without a deadline. */
  leftMs(): number | null;
  /** He has his answer. */
  end(): void;
}

/** @param timeoutMs  the caller's own deadline, ms from now; null for none. */
export function createPatience(caller: Caller, timeoutMs: number | null): Patience {
  return timeoutMs === null ? new Endless(caller) : new Timed(caller, timeoutMs);
}

class Timed implements Patience {
  private readonly deadline: Deadline;

  constructor(
    readonly caller: Caller,
    timeoutMs: number,
  ) {
    this.deadline = new Deadline(timeoutMs, caller.signal);
  }

  get aborted(): boolean {
    return this.deadline.aborted;
  }

  get signal(): AbortSignal {
    return this.deadline.signal;
  }

  leftMs(): number {
    return this.deadline.leftMs();
  }

  end(): void {
    this.deadline.end();
  }
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

  end(): void {
    // No timer runs.
  }
}
