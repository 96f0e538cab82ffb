import { OverloadedError } from '../errors.js';
import { createAdaptiveLimit } from './adaptive-limit.js';

export interface Permit {
  /**
   * Gives the room back, once. `done`: the rows were answered; `dropped`: their caller gave up, or
   * they failed.
   */
  leave(outcome: 'done' | 'dropped'): void;
}

export interface ConcurrencyLimit {
  /**
   * Takes room for the rows of one request. @throws {OverloadedError} when there is none.
   *
   * @param rows  a whole number >= 1.
   */
  enter(rows: number): Permit;
  /** The error of a request that would find no room now, or null. It counts as a refusal. */
  refusal(): OverloadedError | null;
  readonly limitRows: number;
  readonly inFlightRows: number;
}

/** A window has at least so many requests. */
const windowRequestsMin = 10;
const waitingRequestsMin = 2;
const retryAfterSecondsMax = 5;

/**
 * Limits the rows that one micro-batched student has in flight, so that overload is refused at once
 * and what is accepted stays fast. A request enters while fewer rows than the limit are before it:
 * the last one may exceed it, so large requests are not refused more often than small ones. It also
 * enters while fewer than two requests wait for a lane, however large they are: with less, a lane
 * would be idle from the end of one to the next arrival.
 *
 *     retryAfterSeconds = ceil(ahead rowMs / 1000), in [1, 5]
 *
 * @param options  as for `createAdaptiveLimit`, which has the formulas of the limit. nowMs: a clock
 *                 that never goes back. lanes: runs that go on at once. aheadRows: rows that wait
 *                 or run; not those of a large request that have been run.
 */
export function createConcurrencyLimit(
  options: Parameters<typeof createAdaptiveLimit>[0] & {
    readonly lanes: number;
    readonly aheadRows: () => number;
  },
): ConcurrencyLimit {
  const { rowMs, lanes, aheadRows, nowMs } = options;
  const limit = createAdaptiveLimit(options);
  let window = newWindow(nowMs());
  let [inFlightRows, inFlightRequests] = [0, 0];

  function endWindowIfDue(atMs: number): void {
    const { requests, doneRows, hasRefused } = window;
    const elapsedMs = atMs - window.startMs;
    if (elapsedMs < limit.windowMs() || requests < windowRequestsMin) return;
    limit.adapt({ elapsedMs, doneRows, hasRefused, latencyMs: window.latencyMs / requests });
    window = newWindow(atMs);
  }

  function leave(rows: number, { latencyMs, isDone }: { latencyMs: number; isDone: boolean }) {
    inFlightRows -= rows;
    inFlightRequests--;
    if (isDone) window.doneRows += rows;
    // Who gave up early tells nothing of the student, who gave up late tells that it is slow.
    if (!isDone && latencyMs <= limit.healthyMs()) return;
    window.requests++;
    window.latencyMs += latencyMs;
  }

  function refuse(): OverloadedError | null {
    if (inFlightRequests < lanes + waitingRequestsMin) return null;
    const rows = aheadRows();
    const limitRows = limit.rows();
    if (rows < limitRows) return null;
    window.hasRefused = true;
    return refusal({ inFlightRows: rows, limitRows, drainMs: rows * rowMs() });
  }

  function enter(rows: number): Permit {
    const enteredMs = nowMs();
    // Time in which nobody asked says nothing of the student.
    if (inFlightRows === 0) window = newWindow(enteredMs);
    limit.observeRequest(rows);
    const refused = refuse();
    if (refused !== null) throw refused;
    inFlightRows += rows;
    inFlightRequests++;
    let hasLeft = false;
    return {
      leave(outcome) {
        if (hasLeft) throw new RangeError('A permit can be left once only.');
        hasLeft = true;
        const leftMs = nowMs();
        leave(rows, { latencyMs: leftMs - enteredMs, isDone: outcome === 'done' });
        endWindowIfDue(leftMs);
      },
    };
  }

  return {
    enter,
    refusal: refuse,
    get limitRows() {
      return limit.rows();
    },
    get inFlightRows() {
      return inFlightRows;
    },
  };
}

/** The same without looking at time: up to so many rows may be in flight. */
export function createFixedLimit(limitRows: number): ConcurrencyLimit {
  let inFlightRows = 0;
  function refuse(): OverloadedError | null {
    if (inFlightRows === 0 || inFlightRows < limitRows) return null;
    const message = `${inFlightRows} rows are with the student already; try again in 1 s.`;
    return new OverloadedError(message, 1, { inFlightRows, limitRows });
  }
  return {
    refusal: refuse,
    enter(rows) {
      const refused = refuse();
      if (refused !== null) throw refused;
      inFlightRows += rows;
      let hasLeft = false;
      return {
        leave() {
          if (hasLeft) throw new RangeError('A permit can be left once only.');
          hasLeft = true;
          inFlightRows -= rows;
        },
      };
    },
    limitRows,
    get inFlightRows() {
      return inFlightRows;
    },
  };
}

function refusal(state: { inFlightRows: number; limitRows: number; drainMs: number }) {
  const { inFlightRows, limitRows } = state;
  const seconds = Math.ceil(state.drainMs / 1000);
  const retryAfterSeconds = Math.min(retryAfterSecondsMax, Math.max(1, seconds));
  const message =
    `${inFlightRows} rows are with the student already, and it stays fast with ${limitRows}; ` +
    `try again in ${retryAfterSeconds} s.`;
  return new OverloadedError(message, retryAfterSeconds, { inFlightRows, limitRows });
}

const newWindow = (startMs: number) => ({
  startMs,
  requests: 0,
  /** Sum over its requests. */
  latencyMs: 0,
  doneRows: 0,
  hasRefused: false,
});
