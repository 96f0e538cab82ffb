import { LRUCache } from 'lru-cache';
import type { Capture, CapturedRow } from '../capture/capture.js';

type OfSubject = Pick<CapturedRow, 'subject' | 'createdMs'>;

/** Who was erased of a task while this process ran, and what is on its way to the log. */
export interface ErasedSubjects {
  /** The log, which takes no row of a request from before its subject was erased. */
  readonly capture: Capture;
  /** Whether the subject of a request has been erased since. */
  has(request: OfSubject): boolean;
  /** Remembers that somebody has labelled an answer whose row has yet to come. */
  noteLabelled(subject: string, id: string): void;
  /**
   * From now on no row of an earlier request comes into the log; resolves when none is on its way.
   *
   * @returns ids of answers that were labelled, and may have no row.
   */
  bar(subject: string): Promise<readonly string[]>;
}

/** Subjects that were erased, and labelled answers, that are remembered; the newest. */
const rememberedMax = 10_000;

/**
 * Keeps rows of erased subjects from coming back: of a request that waits for the teacher, of a
 * label that is tried again, of an answer that a person labels at that moment. Whoever brings such
 * a row is not told, and goes on as if it were kept.
 *
 * @param now  ms since the epoch: the clock of requests.
 */
export function createErasedSubjects(capture: Capture, now: () => number): ErasedSubjects {
  const erasedMs = new LRUCache<string, number>({ max: rememberedMax });
  /** Subjects of labelled answers by id. */
  const labelled = new LRUCache<string, string>({ max: rememberedMax });
  const underWay = new Set<Promise<void>>();
  const has = ({ subject, createdMs }: OfSubject): boolean =>
    subject !== null && createdMs <= (erasedMs.peek(subject) ?? -Infinity);

  return {
    capture: {
      ...capture,
      async append(rows) {
        const kept = rows.some(has) ? rows.filter((row) => !has(row)) : rows;
        const commit = capture.append(kept);
        underWay.add(commit);
        try {
          await commit;
        } finally {
          underWay.delete(commit);
        }
      },
    },
    has,
    noteLabelled(subject, id) {
      labelled.set(id, subject);
    },
    async bar(subject) {
      erasedMs.set(subject, now());
      await Promise.allSettled(underWay);
      const ids = [...labelled.entries()].filter(([, of]) => of === subject).map(([id]) => id);
      for (const id of ids) labelled.delete(id);
      return ids;
    },
  };
}
