import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again and again until the answer is not null. @throws {Error} after `deadlineMs`. */
export async function poll<T>(
  what: string,
  deadlineMs: number,
  ask: () => Promise<T | null>,
): Promise<T> {
  const endMs = performance.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (performance.now() > endMs) throw new Error(`After ${deadlineMs} ms still not: ${what}.`);
    await sleep(100);
  }
}
