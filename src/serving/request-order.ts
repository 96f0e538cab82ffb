import type { CapturedRow } from '../capture/capture.js';

type Row = Pick<CapturedRow, 'createdMs' | 'inputHash'>;

/** So much later than another one a row must have come for that one to be let go, ms. */
export const settleMs = 2_500;
/** Past these the oldest go, settled or not. */
const rowsMax = 5_000;

export interface RequestOrder<R> {
  /** @returns rows that have settled by now, in the order of their requests. */
  take(row: R): readonly R[];
}

/**
 * Puts rows back into the order of their requests. They come as they are labelled: of a burst those
 * that the student is unsure of first, which have other labels than the rest. Of one moment they
 * are ordered by their keyed hash, which knows neither label nor route. A row that comes later than
 * `settleMs` is let go when it comes.
 */
export function createRequestOrder<R extends Row>(): RequestOrder<R> {
  let waiting: R[] = [];
  let oldestMs = Infinity;
  let newestMs = -Infinity;
  return {
    take(row) {
      waiting.push(row);
      oldestMs = Math.min(oldestMs, row.createdMs);
      newestMs = Math.max(newestMs, row.createdMs);
      // Seldom, and many at once: sorting costs next to nothing then.
      if (newestMs - oldestMs <= 2 * settleMs && waiting.length <= rowsMax) return [];
      waiting.sort(byRequest);
      const settled = waiting.findIndex(({ createdMs }) => createdMs > newestMs - settleMs);
      const count = Math.max(settled, waiting.length - rowsMax);
      const released = waiting.slice(0, count);
      waiting = waiting.slice(count);
      oldestMs = waiting[0]?.createdMs ?? Infinity;
      return released;
    },
  };
}

/** For `sort`. */
export const byRequest = (a: Row, b: Row): number =>
  a.createdMs - b.createdMs || (a.inputHash < b.inputHash ? -1 : 1);
