/** How long a condition may take before a test gives up on it, ms; on a busy machine. */
const untilMsMax = 20_000;

/**
 * Waits until a condition holds, looking once in every turn of the event loop.
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
    if (performance.now() - startedMs > msMax) throw new Error(`It never came to: ${what}.`);
    await new Promise(setImmediate);
  }
}

/** Lets everything that is ready to happen happen: timers of 0 ms and I/O that has ended. */
export async function turnsOfTheLoop(count = 20): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
}
