/** Rows that the student answers within this, ms, are let in whatever the rest says. */
export const quickMs = 10;
/** A student that has got slower is believed after one to two of these, ms. */
const memoryMs = 10_000;

/**
 * Finds how many rows a student answers in 10 ms: many connections may send in the same instant,
 * and so short a wait is better than a refusal.
 *
 *     quick = 10 ms * runRowsMax / (lowest runMs(runRowsMax) of the last 10 to 20 s)
 *
 * The lowest, for what disturbs a run only makes it longer: a few pauses of the process must not
 * make it refuse what it answers in no time.
 */
export function createQuickRows(options: {
  readonly runMs: (rows: number) => number;
  readonly runRowsMax: number;
  readonly nowMs: () => number;
}): () => number {
  const { runMs, runRowsMax, nowMs } = options;
  let before = runMs(runRowsMax);
  let lately = before;
  let turnAtMs = nowMs() + memoryMs;
  return () => {
    const present = runMs(runRowsMax);
    lately = Math.min(lately, present);
    if (nowMs() >= turnAtMs) {
      before = lately;
      lately = present;
      turnAtMs = nowMs() + memoryMs;
    }
    return (quickMs * runRowsMax) / Math.min(before, lately);
  };
}
