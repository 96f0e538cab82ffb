/**
 * Does the same with each item, so many at a time. The first failure ends the others.
 *
 * @returns results in the order of the items.
 * @throws  what the first failure was, when all that was begun has ended.
 */
export async function inParallel<T, R>(
  items: readonly T[],
  { atOnceMax, signal }: { readonly atOnceMax: number; readonly signal: AbortSignal },
  work: (item: T, signal: AbortSignal) => Promise<R>,
): Promise<readonly R[]> {
  const own = new AbortController();
  const stop = (): void => own.abort(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const results = new Array<R>(items.length);
  let next = 0;
  const failures: unknown[] = [];

  async function takeTurns(): Promise<void> {
    while (next < items.length && failures.length === 0) {
      const index = next++;
      try {
        results[index] = await work(items[index]!, own.signal);
      } catch (error) {
        failures.push(error);
        own.abort();
      }
    }
  }

  try {
    await Promise.all(Array.from({ length: Math.min(atOnceMax, items.length) }, takeTurns));
  } finally {
    signal.removeEventListener('abort', stop);
  }
  if (failures.length > 0) throw failures[0];
  return results;
}
