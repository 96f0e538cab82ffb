import { kneeRows } from './knee-rows.js';
import { createQuickRows } from './quick-rows.js';

/** What was seen of a student for a while. */
export interface LimitWindow {
  readonly elapsedMs: number;
  /** Rows answered in it. */
  readonly doneRows: number;
  /** Mean of its requests. */
  readonly latencyMs: number;
  readonly hasRefused: boolean;
}

export interface AdaptiveLimit {
  /** Rows that may be in flight. */
  rows(): number;
  /** Latency while the student is busy and not one row too many waits. */
  healthyMs(): number;
  /** Time in which enough runs end to judge by. */
  windowMs(): number;
  /** Takes in how many rows a request has. */
  observeRequest(rows: number): void;
  adapt(window: LimitWindow): void;
}

/** Two runs of this share of the best throughput are enough: more rows only wait longer. */
const kneeShare = 0.93;
/**
 * Requests that chance piles up at 80 % load. M/D/1: the chance of k waiting falls by 0.65 each
 * (0.8 (1/x - 1) = ln(1/x)), so 20 are exceeded about once in 5 000 requests.
 */
const slackRequests = 20;
/** Nobody is let in who would wait longer for his turn, ms: he does better to come back. */
const waitMsMax = 500;
/** Weight of the newest request: one of 256 rows among single ones counts as 11 rows, not 256. */
const requestRowsGain = 0.002;
const windowRuns = 8;
const windowMsMin = 100;
/** One window changes the limit by no more than this (Gradient2: 0.5). */
const gradientMin = 0.5;
const gradientMax = 1.5;
/** The limit grows to this share of what Little's law gives: no hunting around the balance. */
const growShare = 0.8;

/**
 * Finds how many rows a micro-batched student should have in flight.
 *
 *     floor    = max(2 m, min(2 m + 20 sqrt(mean k^2), 500 ms / rowMs), rows answered in 10 ms)
 *                                                k: rows of a request; m: rows of a run at 93 % of
 *                                                the best throughput, or of the largest that there
 *                                                is now; rowMs: ms a row at the present speed
 *     full(N)  = N runMs(n) / n, n = min(N / 2, runRows)       ms when N rows are always in flight:
 *                                                2 runMs(N / 2), one run in service, one waiting
 *     healthy  = full(floor)                     ms
 *     latency  = limit / throughput              of a window with refusals (Little's law), else
 *                mean latency of its requests
 *     gradient = clamp(healthy / latency, 0.5, 1.5)
 *     limit   <- limit * gradient                when gradient < 1
 *                limit * 0.8 gradient            when that is more, and requests were refused
 *     limit in [floor, limitRowsMax]
 *
 * So in overload the limit tends to throughput * healthy. Departures from Gradient2
 * (`limit * longRtt / shortRtt + queue`, smoothed), each for a trap that it has:
 *
 * - What is healthy comes from measured runs, in which nothing queues, not from a long mean of
 *   latencies, which drifts up in a long overload (pull requests 88 and 92, issues 137 and 165).
 * - No constant queue is added: with it the limit creeps up whenever the gradient is just below 1
 *   (pull request 134). The floor is the queue.
 * - Two full runs are always let in: nothing can press the limit below what batching needs. All
 *   above them is time that somebody waits, and has a limit in ms: what chance piles up at 80 %
 *   load are seconds of work where a row takes 50 ms, or a request has 64.
 * - The limit grows only in windows with refusals, and never falls for want of traffic.
 *
 * It grows above the floor where several runs go on at once. Time that a row spends outside of runs
 * counts as queueing: harmless while it is short beside `healthy`, as a hop to a thread is.
 * `test/student/concurrency-limit.test.ts` measures all of this in virtual time.
 *
 * @see Little 1961, "A Proof for the Queuing Formula: L = lambda W"
 * @see Netflix, concurrency-limits, `Gradient2Limit`, github.com/Netflix/concurrency-limits
 */
export function createAdaptiveLimit(options: {
  /** Ms of a run at the present speed: `CostCurve.runMs`. Its shape is read once, at the start. */
  readonly runMs: (rows: number) => number;
  /** Rows of the largest run that was measured. */
  readonly runRowsMax: number;
  /** Rows of the largest run as adapted to the speed by now. */
  readonly runRows: () => number;
  /** Ms that a row takes while others wait behind it, at the present speed: `DrainTime.rowMs`. */
  readonly rowMs: () => number;
  /** What memory bears: the limit never rises above it. */
  readonly limitRowsMax: number;
  readonly nowMs: () => number;
}): AdaptiveLimit {
  const { runMs, runRowsMax, runRows, rowMs, limitRowsMax } = options;
  const knee = kneeRows(runMs, { runRowsMax, share: kneeShare });
  let meanSquaredRows = 1;
  /** Limit over floor, >= 1. */
  let growth = 1;

  const quickRows = createQuickRows(options);
  function floorRows(): number {
    const twoRuns = 2 * Math.min(knee, runRows());
    const slackRows = slackRequests * Math.sqrt(meanSquaredRows);
    return Math.max(twoRuns, Math.min(twoRuns + slackRows, waitMsMax / rowMs()), quickRows());
  }
  const limitRows = (): number => Math.floor(Math.min(limitRowsMax, floorRows() * growth));
  function healthyMs(): number {
    const rows = floorRows();
    const rowsOfRun = Math.min(runRows(), rows / 2);
    return (rows * runMs(rowsOfRun)) / rowsOfRun;
  }

  return {
    rows: limitRows,
    healthyMs,
    windowMs: () => Math.max(windowMsMin, windowRuns * runMs(knee)),
    observeRequest(rows) {
      meanSquaredRows += requestRowsGain * (rows ** 2 - meanSquaredRows);
    },
    adapt({ elapsedMs, doneRows, hasRefused, latencyMs: meanMs }) {
      const latencyMs = hasRefused ? (limitRows() * elapsedMs) / doneRows : meanMs;
      const gradient = Math.min(gradientMax, Math.max(gradientMin, healthyMs() / latencyMs));
      const canGrow = hasRefused && gradient * growShare > 1;
      if (gradient >= 1 && !canGrow) return;
      const growthMax = Math.max(1, limitRowsMax / floorRows());
      growth = Math.min(growthMax, Math.max(1, growth * gradient * (canGrow ? growShare : 1)));
    },
  };
}
