import { LRUCache } from 'lru-cache';
import type { PendingRow } from './captured-row.js';

/** An answer that no row of the log speaks of, or not yet. */
export interface RecentAnswer {
  readonly row: PendingRow;
  /** The teacher labels it off its caller's path: the log gets its row by itself. */
  readonly isOwed: boolean;
}

/** Answers that a process has given lately and the log has no row of: for who gives feedback. */
export interface RecentAnswers {
  /**
   * @param ownBytes  of its input and its scores.
   * @param recall    makes it when somebody asks: almost nobody does.
   */
  keep(id: string, ownBytes: number, recall: () => RecentAnswer): void;
  /** @returns null for one that it does not know, or no more. */
  find(id: string): RecentAnswer | null;
  /** Forgets all that speak of a subject. */
  forget(subject: string): void;
}

/** What an answer takes beside those, bytes: the row's draft and its id. */
const answerBytes = 1_024;

/**
 * Remembers the newest answers, in memory. Bounded by bytes: what is over it goes, oldest first.
 *
 * @param bytesMax  0 or more.
 */
export function createRecentAnswers(bytesMax: number): RecentAnswers {
  const answers = new LRUCache<string, () => RecentAnswer>({ maxSize: Math.max(1, bytesMax) });
  return {
    keep(id, ownBytes, recall) {
      answers.set(id, recall, { size: ownBytes + answerBytes });
    },
    find: (id) => answers.peek(id)?.() ?? null,
    forget(subject) {
      for (const [id, recall] of [...answers.entries()])
        if (recall().row.subject === subject) answers.delete(id);
    },
  };
}
