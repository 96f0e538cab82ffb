import { isOfInput } from '../call-failure.js';

/**
 * Does the same with each item, so many at a time. After a failure nothing more is begun, unless
 * that is of its input; what is under way comes to its end: it is paid for.
 *
 * @param signal  ends all of it; the work hears it by itself.
 * @returns results in the order of the items.
 * @throws  what the first failure was, when all that was begun has ended: rather one that another
 *          attempt may mend.
 */
export async function inParallel<T, R>(
  items: readonly T[],
  { atOnceMax, signal }: { readonly atOnceMax: number; readonly signal: AbortSignal },
  work: (item: T, index: number) => Promise<R>,
): Promise<readonly R[]> {
  const results = new Array<R>(items.length);
  const ofInputs: unknown[] = [];
  const failures: unknown[] = [];
  let next = 0;

  async function takeTurns(): Promise<void> {
    while (next < items.length && failures.length === 0) {
      const index = next++;
      try {
        signal.throwIfAborted();
        results[index] = await work(items[index]!, index);
      } catch (error) {
        (isOfInput(error) ? ofInputs : failures).push(error);
      }
    }
  }

  await Promise.all(Array.from({ length: Math.min(atOnceMax, items.length) }, takeTurns));
  failures.push(...ofInputs);
  if (failures.length > 0) throw failures[0];
  return results;
}
