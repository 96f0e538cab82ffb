import { setTimeout as sleep } from 'node:timers/promises';

/** How long a condition may take before a test gives up on it, ms; on a busy machine. */
const untilMsMax = 90_000;
/** What takes longer than this, ms, is of another process: a look in each turn would starve it. */
const turnsMsMax = 200;
const pauseMs = 15;

/**
 * Waits until a condition holds, looking once in every turn of the event loop, and less often when
 * that takes long.
 *
 * @param what  named in the failure when it never holds.
 */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  msMax = untilMsMax,
): Promise<void> {
  const startedMs = performance.now();
  while (!(await holds())) {
    const waitedMs = performance.now() - startedMs;
    if (waitedMs > msMax) throw new Error(`It never came to: ${what}.`);
    if (waitedMs < turnsMsMax) await new Promise(setImmediate);
    else await sleep(pauseMs);
  }
}

/** Lets everything that is ready to happen happen: timers of 0 ms and I/O that has ended. */
export async function turnsOfTheLoop(count = 20): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
}
