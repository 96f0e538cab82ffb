/** A worker that dies again and again is started again this late, ms. */
const restartMsMin = 100;
const restartMsMax = 10_000;
/** One that has lived so long, ms, died of something new. */
const soundMs = 30_000;

/** How long to wait before a process is started again, longer from time to time. */
export interface Backoff {
  /** @returns ms to wait, after one that has lived so long; 0 for one that could not be started. */
  afterMs(livedMs: number): number;
}

export function createBackoff(): Backoff {
  let delayMs = 0;
  return {
    afterMs(livedMs) {
      const isSound = delayMs === 0 || livedMs >= soundMs;
      delayMs = isSound ? restartMsMin : Math.min(restartMsMax, 2 * delayMs);
      return delayMs;
    },
  };
}
