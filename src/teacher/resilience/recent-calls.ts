import type { Clock } from './clock.js';

/** Cells of a window: what is in one is forgotten together. */
const cells = 10;

export interface RecentCalls {
  add(hasFailed: boolean): void;
  counts(): { readonly calls: number; readonly failed: number };
  clear(): void;
}

/** Counts the calls of the last `windowMs`, to a tenth of it. */
export function createRecentCalls(windowMs: number, clock: Clock): RecentCalls {
  let kept: { cell: number; calls: number; failed: number }[] = [];
  const cellNow = (): number => Math.floor((clock.nowMs() * cells) / windowMs);
  return {
    add(hasFailed) {
      const cell = cellNow();
      let last = kept.at(-1);
      if (last?.cell !== cell) {
        last = { cell, calls: 0, failed: 0 };
        kept.push(last);
      }
      last.calls++;
      if (hasFailed) last.failed++;
    },
    counts() {
      const oldest = cellNow() - cells;
      kept = kept.filter(({ cell }) => cell > oldest);
      return kept.reduce(
        (sum, { calls, failed }) => ({ calls: sum.calls + calls, failed: sum.failed + failed }),
        { calls: 0, failed: 0 },
      );
    },
    clear() {
      kept = [];
    },
  };
}
