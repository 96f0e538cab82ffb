import type { Clock } from './clock.js';

/** A time that is over at some moment, or when another signal fires before. */
export interface CallDeadline {
  readonly signal: AbortSignal;
  /** The time was over before the other signal fired. */
  readonly passed: boolean;
  /** ms that are left, >= 0; Infinity for a time without an end. */
  leftMs(): number;
  /** Takes timer and listener away; the signal stays as it is. */
  end(): void;
}

/**
 * As `task/deadline.ts`, by a clock that is given.
 *
 * @param ms  from now; Infinity: the other signal alone ends it.
 */
export function startDeadline(clock: Clock, ms: number, other?: AbortSignal): CallDeadline {
  const controller = new AbortController();
  const endMs = clock.nowMs() + ms;
  let passed = false;
  const stop = (): void => {
    end();
    controller.abort();
  };
  const pass = (): void => {
    passed = true;
    stop();
  };
  const cancelTimer = ms === Infinity ? () => {} : clock.after(ms, pass);
  function end(): void {
    cancelTimer();
    other?.removeEventListener('abort', stop);
  }
  other?.addEventListener('abort', stop, { once: true });
  if (other?.aborted === true) stop();
  return {
    signal: controller.signal,
    get passed() {
      return passed;
    },
    leftMs: () => Math.max(0, endMs - clock.nowMs()),
    end,
  };
}
