/** How long to wait between attempts. */
export interface DelaySettings {
  /** Longest wait before the first retry, ms. */
  readonly firstDelayMs: number;
  readonly delayMsMax: number;
}

/**
 * Draws how long to wait before another attempt, with full jitter: calls that failed together do
 * not come back together.
 *
 *     delay = retryAfter + u min(max, first 2^(k - 1)),   u uniform in [0, 1), k = failed attempts
 *
 * @param failed        attempts that have failed, >= 1.
 * @param draw          uniform in [0, 1).
 * @param retryAfterMs  what the teacher itself has asked for, ms; 0 where it has said nothing.
 * @returns             ms, >= retryAfterMs.
 * @see Brooker 2015, "Exponential Backoff And Jitter", aws.amazon.com/blogs/architecture
 */
export function retryDelayMs(
  { firstDelayMs, delayMsMax }: DelaySettings,
  { failed, draw, retryAfterMs }: { failed: number; draw: number; retryAfterMs: number },
): number {
  return retryAfterMs + draw * Math.min(delayMsMax, firstDelayMs * 2 ** (failed - 1));
}
