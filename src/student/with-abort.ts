import { CancelledError } from '../errors.js';

/**
 * Stops waiting when `signal` fires; the work itself ends unseen.
 *
 * @throws {CancelledError} saying `why` when it fires first.
 */
export function withAbort<T>(work: Promise<T>, signal: AbortSignal, why: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new CancelledError(why));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    // Heard also after an abort: a rejection that nobody hears would end the process.
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
