import { LRUCache } from 'lru-cache';
import type { PendingRow } from './captured-row.js';

/** Rows whose commits are told of, and that nobody has asked labels for: their callers soon do. */
const expectedMax = 8192;

/** Rows that may be in the log already, with a label that was paid for: that is soon known. */
export class ExpectedRows {
  private readonly commits = new LRUCache<string, Promise<boolean>>({ max: expectedMax });
  private waiting: readonly PendingRow[] = [];

  /** @param push  takes what is not in the log. */
  constructor(private readonly push: (row: PendingRow) => void) {}

  /** Those that wait for word of their commit. */
  get rows(): readonly PendingRow[] {
    return this.waiting;
  }

  expect(id: string, committed: Promise<boolean>): void {
    this.commits.set(id, committed);
  }

  add(row: PendingRow): void {
    const committed = this.commits.get(row.id);
    this.commits.delete(row.id);
    if (committed === undefined) this.push(row);
    else void this.pushUnless(row, committed);
  }

  forget(subject: string): void {
    this.waiting = this.waiting.filter((row) => row.subject !== subject);
  }

  private async pushUnless(row: PendingRow, committed: Promise<boolean>): Promise<void> {
    this.waiting = [...this.waiting, row];
    const isCommitted = await committed;
    const isWanted = this.waiting.includes(row);
    this.waiting = this.waiting.filter((other) => other !== row);
    if (isWanted && !isCommitted) this.push(row);
  }
}
