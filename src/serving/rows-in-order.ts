import type { CapturedRow } from '../capture/capture.js';

/** What says when a row was asked for, and which of one millisecond is the first. */
export type OrderedRow = Pick<CapturedRow, 'createdMs' | 'inputHash'>;

/**
 * From where a row is held out to where it waits for the teacher, or from one such place to the
 * next, it may be a message between two processes. Longer than a busy event loop takes for that.
 */
export const settleMs = 1_000;
export const rowsHeldMax = 5_000;

/**
 * Brings rows into the order of their requests. Labels come in another one: the teacher is asked
 * about unsure rows at once and about sure ones later, so a burst would come sorted by what the
 * student thought of it. Of one millisecond the hash of the input decides, which is keyed, and says
 * nothing of label and route.
 *
 * A row whose turn is over when it comes is left out: at the end it would stand among rows of
 * another time. There are few, for what is known to be on its way is waited for.
 */
export class RowsInOrder<Row extends OrderedRow> {
  private held: { readonly row: Row; readonly heldMs: number }[] = [];
  private passedMs = -Infinity;

  /** @returns false where there is no room: all that are held are thrown away then. */
  hold(rows: readonly Row[], nowMs: number): boolean {
    for (const row of rows)
      if (row.createdMs > this.passedMs) this.held.push({ row, heldMs: nowMs });
    if (this.held.length <= rowsHeldMax) return true;
    this.forget();
    return false;
  }

  /**
   * @param nowMs      ms, by the clock of `hold`; rows held for less than `settleMs` stay.
   * @param oldestMs   request of the oldest row that has no label yet, ms since the epoch; only
   *                   rows of older requests are released. Null: there is none.
   * @returns          rows, oldest first, each once.
   */
  release(nowMs: number, oldestMs: number | null): readonly Row[] {
    this.held.sort((a, b) => inOrder(a.row, b.row));
    const first = this.held.findIndex(
      ({ row, heldMs }) => nowMs - heldMs < settleMs || row.createdMs >= (oldestMs ?? Infinity),
    );
    // Rows of one millisecond go together.
    const stayMs = first < 0 ? Infinity : this.held[first]!.row.createdMs;
    const released = this.held.filter(({ row }) => row.createdMs < stayMs).map(({ row }) => row);
    this.held = this.held.slice(released.length);
    this.passedMs = released.at(-1)?.createdMs ?? this.passedMs;
    return released;
  }

  /** Throws away what is held, and what comes yet of the same time. */
  forget(): void {
    for (const { row } of this.held) this.passedMs = Math.max(this.passedMs, row.createdMs);
    this.held = [];
  }
}

/** Compares two rows by their requests. */
export function inOrder(a: OrderedRow, b: OrderedRow): number {
  if (a.createdMs !== b.createdMs) return a.createdMs - b.createdMs;
  return a.inputHash < b.inputHash ? -1 : Number(a.inputHash > b.inputHash);
}

/** @returns the request of the oldest holdout row among these, ms since the epoch; null: none. */
export function oldestHoldoutMs(
  rows: Iterable<Pick<CapturedRow, 'createdMs' | 'isHoldout'>>,
): number | null {
  let oldestMs: number | null = null;
  for (const { createdMs, isHoldout } of rows)
    if (isHoldout && createdMs < (oldestMs ?? Infinity)) oldestMs = createdMs;
  return oldestMs;
}
