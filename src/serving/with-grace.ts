import { CancelledError } from '../errors.js';

/**
 * Waits for work until `signal` fires, and a moment longer: what is nearly there is worth that. The
 * work itself ends unseen.
 *
 * @param graceMs  ms from when the signal fires, or from now where it has fired already.
 * @throws {CancelledError} saying `why` when that is over first.
 */
export function withGrace<T>(
  work: Promise<T>,
  { signal, graceMs, why }: { signal: AbortSignal; graceMs: number; why: string },
): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const onAbort = (): void => {
      timer = setTimeout(() => reject(new CancelledError(why)), graceMs);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    void work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    });
  });
}
