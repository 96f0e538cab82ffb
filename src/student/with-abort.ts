import { CancelledError } from '../errors.js';

/**
 * Stops waiting when `signal` fires; the work itself ends unseen.
 *
 * @param graceMs  so much longer, ms, it waits then: what is nearly there may be worth that.
 * @throws {CancelledError} saying `why` when that is first.
 */
export function withAbort<T>(
  work: Promise<T>,
  signal: AbortSignal,
  { why, graceMs = 0 }: { readonly why: string; readonly graceMs?: number },
): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const giveUp = (): void => reject(new CancelledError(why));
    const onAbort = (): void => {
      if (graceMs === 0) giveUp();
      else timer = setTimeout(giveUp, graceMs);
    };
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    // Heard also after an abort: a rejection that nobody hears would end the process.
    void work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    });
  });
}
