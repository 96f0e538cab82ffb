export interface RetryBudget {
  /** A call came: it pays a share of one further attempt. */
  called(): void;
  /** Takes one attempt out; false where there is none left. */
  take(): boolean;
}

/** Attempts that a long good time can save up: what an outage may cost beyond its own share. */
const savedMax = 10;

/**
 * Bounds further attempts (retries and hedges) by the calls there were, so that a teacher in
 * trouble is not asked for more than before:
 *
 *     attempts taken <= 1 + share calls
 *
 * One is there from the start, or a task with few calls would never try again.
 *
 * @param share  further attempts a call, in [0, 1]; 0: none at all.
 * @see Dean, Barroso 2013, "The Tail at Scale"; Finagle, `RetryBudget`, twitter.github.io/finagle
 */
export function createRetryBudget(share: number): RetryBudget {
  let left = share === 0 ? 0 : 1;
  return {
    called() {
      left = Math.min(savedMax, left + share);
    },
    take() {
      if (left < 1 - roundingError) return false;
      left -= 1;
      return true;
    },
  };
}

/** Five times a fifth is one. */
const roundingError = 1e-9;
