import type { Clock } from './clock.js';

type Attempt<T> = (signal: AbortSignal) => Promise<T>;

/**
 * Makes an attempt, and another one beside it when it takes too long: the first answer counts, and
 * the other attempt is given up. Where both fail, what failed first is thrown.
 *
 * @param parts  afterMs: when the second begins. second: null where nothing allows it then.
 * @see Dean, Barroso 2013, "The Tail at Scale", "Hedged requests"
 */
export function firstOf<T>(parts: {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly afterMs: number;
  readonly first: Attempt<T>;
  readonly second: () => Attempt<T> | null;
}): Promise<T> {
  const { clock, signal, afterMs } = parts;
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  return new Promise((resolve, reject) => {
    let running = 0;
    const errors: unknown[] = [];
    const cancel = clock.after(afterMs, () => {
      const second = parts.second();
      if (second !== null) run(second);
    });
    function end(): void {
      cancel();
      signal.removeEventListener('abort', abort);
    }
    function run(attempt: Attempt<T>): void {
      running++;
      attempt(controller.signal).then(
        (answer) => {
          end();
          resolve(answer);
          abort(); // Who is second is given up.
        },
        (error: unknown) => {
          errors.push(error);
          if (--running > 0) return;
          end();
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
          reject(errors[0]);
        },
      );
    }
    run(parts.first);
  });
}
