import { CaptureFailedError, OverloadedError } from '../errors.js';
import type { PackedRows } from './packed-rows.js';
import { rowFault, type CallFailure } from './row-fault.js';

export interface QueueLimits {
  /** Rows and bytes that may wait for their commit, those of the running commit included. */
  readonly queueRowsMax: number;
  readonly queueBytesMax: number;
  /** Rows of one transaction: bounds how long the next call waits. One larger call goes alone. */
  readonly groupRowsMax: number;
}

/** Rows of 784 floats: 10 000 take 35 MB and half a second to commit; 1000 keep a commit short. */
export const defaultLimits: QueueLimits = {
  queueRowsMax: 10_000,
  queueBytesMax: 268_435_456,
  groupRowsMax: 1000,
};

export interface CommitQueue {
  /**
   * Resolves when the rows of this call are committed.
   *
   * @throws {CaptureFailedError} when they are not.
   * @throws {OverloadedError} when the queue is full.
   */
  add(rows: PackedRows): Promise<void>;
}

interface Waiting {
  readonly rows: PackedRows;
  /** Known beforehand: the commit gives the buffer away to another thread. */
  readonly byteCount: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Creates the queue behind group commit: calls that arrive while a commit runs share the next one.
 *
 * @param commit  Commits several calls in one transaction. Gives for each call null, or why it
 *                failed; rejects when none of them was committed.
 */
export function createCommitQueue(
  commit: (calls: readonly PackedRows[]) => Promise<readonly (CallFailure | null)[]>,
  limits: QueueLimits,
): CommitQueue {
  const waiting: Waiting[] = [];
  let heldRows = 0;
  let heldBytes = 0;
  let isWorking = false;

  async function work(): Promise<void> {
    isWorking = true;
    await Promise.resolve(); // Calls of the same turn join the first group.
    while (waiting.length > 0) {
      const group = takeGroup(waiting, limits.groupRowsMax);
      await commitGroup(group, commit);
      for (const { rows, byteCount } of group) {
        heldRows -= rows.cells.length;
        heldBytes -= byteCount;
      }
    }
    isWorking = false;
  }

  return {
    add(rows) {
      const rowCount = rows.cells.length;
      const byteCount = rows.bytes.byteLength;
      const isFull =
        heldRows + rowCount > limits.queueRowsMax || heldBytes + byteCount > limits.queueBytesMax;
      // A call too large for an empty queue would never fit: it goes alone.
      if (isFull && heldRows > 0) return Promise.reject(overloaded(heldRows, rowCount, limits));
      heldRows += rowCount;
      heldBytes += byteCount;
      return new Promise((resolve, reject) => {
        waiting.push({ rows, byteCount, resolve, reject });
        if (!isWorking) void work();
      });
    },
  };
}

/** Takes calls from the front while they fit into one group; at least one. */
function takeGroup(waiting: Waiting[], groupRowsMax: number): Waiting[] {
  let rowCount = 0;
  let end = 0;
  while (end < waiting.length) {
    rowCount += waiting[end]!.rows.cells.length;
    if (end > 0 && rowCount > groupRowsMax) break;
    end++;
  }
  return waiting.splice(0, end);
}

async function commitGroup(
  group: readonly Waiting[],
  commit: (calls: readonly PackedRows[]) => Promise<readonly (CallFailure | null)[]>,
): Promise<void> {
  let failures: readonly (CallFailure | null)[];
  try {
    failures = await commit(group.map(({ rows }) => rows));
  } catch (cause) {
    for (const { rows, reject } of group) reject(commitFailed(rows, cause as Error));
    return;
  }
  group.forEach(({ rows, resolve, reject }, index) => {
    const failure = failures[index];
    if (failure === null) resolve();
    else reject(commitFailed(rows, failure ?? new Error('The store gave no outcome.')));
  });
}

function commitFailed({ cells }: PackedRows, why: CallFailure | Error): CaptureFailedError {
  const cause = why instanceof Error ? why : new Error(why.message);
  const isOfRows = !(why instanceof Error) && why.isOfRows;
  const details = { rows: cells.length, ...(isOfRows ? rowFault : {}) };
  const message = `${details.rows} rows were not committed: ${why.message}`;
  return new CaptureFailedError(message, details, { cause });
}

function overloaded(heldRows: number, rows: number, limits: QueueLimits): OverloadedError {
  const { queueRowsMax, queueBytesMax } = limits;
  const message =
    `The capture log can not take ${rows} more rows: ${heldRows} wait to be committed. ` +
    `At most ${queueRowsMax} rows or ${queueBytesMax} bytes may wait; send less at a time.`;
  return new OverloadedError(message, 1, { heldRows, rows, queueRowsMax, queueBytesMax });
}
