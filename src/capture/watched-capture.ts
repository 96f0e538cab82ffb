import { setTimeout as sleep } from 'node:timers/promises';
import { CaptureFailedError } from '../errors.js';
import type { Capture, CaptureHealth } from './capture.js';
import { isOfRows } from './row-fault.js';

export type WatchedCapture = Capture & CaptureHealth;

interface WatchOptions {
  /** Told once when commits start to fail, with why, and once (null) when they succeed again. */
  readonly onChange: (failure: CaptureFailedError | null) => void;
  /** Waits between two trials; rejects at once when `signal` fires. */
  readonly pause?: (durationMs: number, signal: AbortSignal) => Promise<unknown>;
}

/**
 * A log that fails is tried this often, ms. Not sooner: on a disk that is nearly full a trial
 * succeeds where rows do not, and each time rows are paid for that are then not kept.
 */
const trialEveryMs = 1000;
/** A small commit of its own, which says nothing of any row. */
const trialLease = 'commit-trial';

/**
 * Gives a log that knows whether its commits succeed. Rows that are refused for what they are say
 * nothing of it, neither way. While they fail it tries by itself: nobody
 * has to bring rows, and pay the teacher for them, to find out that the disk has room again.
 */
export function watchCapture(capture: Capture, options: WatchOptions): WatchedCapture {
  const { onChange, pause = pauseFor } = options;
  const closing = new AbortController();
  let failing: CaptureFailedError | null = null;
  let isTrying = false;

  function take(outcome: CaptureFailedError | null): void {
    const hasChanged = (failing === null) !== (outcome === null);
    failing = outcome;
    if (!hasChanged || closing.signal.aborted) return;
    onChange(outcome);
    if (outcome !== null && !isTrying) void tryUntilItWorks();
  }

  async function tryUntilItWorks(): Promise<void> {
    isTrying = true;
    while (failing !== null) {
      await pause(trialEveryMs, closing.signal).catch(() => {});
      if (closing.signal.aborted) return;
      const isCommitted = await capture.acquireLease(trialLease, trialLease, 0).catch(() => false);
      if (isCommitted) take(null);
    }
    isTrying = false;
  }

  return {
    ...capture,
    async append(rows) {
      try {
        await capture.append(rows);
      } catch (error) {
        if (error instanceof CaptureFailedError && !isOfRows(error)) take(error);
        throw error;
      }
      if (rows.length > 0) take(null);
    },
    failure() {
      if (failing === null) return null;
      const message = `The capture log takes no rows at present: ${failing.message}`;
      return new CaptureFailedError(message, failing.details, { cause: failing });
    },
    close() {
      closing.abort();
      return capture.close();
    },
  };
}

const pauseFor = (durationMs: number, signal: AbortSignal): Promise<unknown> =>
  sleep(durationMs, undefined, { signal });
