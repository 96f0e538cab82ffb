import { CancelledError } from '../../errors.js';
import type { Clock } from './clock.js';

/** Waits so many ms. @throws {CancelledError} as soon as the signal fires. */
export function pauseFor(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      cancel();
      reject(new CancelledError('The time was over before the teacher could be asked again.'));
    };
    const cancel = clock.after(delayMs, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}
