import { LRUCache } from 'lru-cache';
import type { PolicyMode } from '../config/policy-schema.js';
import type { PredictRequest } from '../task/task-service.js';

/** An answer as it was first given, with its provenance. A degraded answer is none of these. */
export interface CachedAnswer {
  /** Index of the label. */
  readonly label: number;
  /** The student's in its own label; null when there was no student. */
  readonly confidence: number | null;
  /** [classes], of who answered; null when the teacher gave none. Not to be modified. */
  readonly probabilities: Float64Array | null;
  /** In force for all labels. */
  readonly threshold: number | null;
  /** The one that was applied: a label may have its own. */
  readonly appliedThreshold: number | null;
  /** Of the policy it was decided by. */
  readonly mode: PolicyMode;
  readonly studentVersion: string | null;
  /** Name of the teacher if it answered, else null. */
  readonly teacher: string | null;
}

/** What decides whether a row may be answered from the cache at all. */
export interface CacheableRow {
  /** Keyed hash of the input, 128 bits: `RowDraw.inputHash`. */
  readonly inputHash: string;
  readonly isHoldout: boolean;
  /** Who must answer. Only `auto` uses the cache: other answers are not the policy's. */
  readonly requested: PredictRequest['route'];
}

/** Under what an answer was decided; it holds for the same only. */
export type AnswerEpoch = Pick<CachedAnswer, 'studentVersion' | 'threshold' | 'mode'>;

export interface AnswerCache {
  /** Null also for rows that must not be answered from here; those count neither way. */
  find(row: CacheableRow, epoch: AnswerEpoch): CachedAnswer | null;
  /** Keeps an answer, unless its row must not be answered from here. */
  keep(row: CacheableRow, answer: CachedAnswer): void;
  /** Forgets all answers: another student, threshold or policy is in force. */
  clear(): void;
  /** Since the start, except `bytes` and `rows`, which are held now. */
  readonly stats: AnswerCacheStats;
}

export interface AnswerCacheStats {
  readonly hits: number;
  readonly misses: number;
  /** Answers that made room for newer ones; not those that were cleared. */
  readonly evictions: number;
  readonly bytes: number;
  readonly rows: number;
}

/**
 * Bytes of an answer without its probabilities: key, answer, list and map entries. Measured with
 * node 20 by `test/serving/answer-cache.test.ts`.
 */
const entryBytes = 320;
/** Of a Float64Array without its values: object, buffer, backing store. */
const arrayBytes = 200;

/**
 * Remembers answers by the content of the input, the least recently used ones making room.
 *
 * A row drawn for holdout neither reads nor writes it, so the holdout sample stays one of fresh
 * answers. An answer is found only by rows of the student version and threshold it was decided
 * under, so one that was on its way during a promotion does no harm after `clear()`.
 *
 * @param bytesMax  0 for no cache.
 */
export function createAnswerCache({ bytesMax }: { readonly bytesMax: number }): AnswerCache {
  const counts = { hits: 0, misses: 0, evictions: 0 };
  const answers =
    bytesMax === 0
      ? null
      : new LRUCache<string, CachedAnswer>({
          maxSize: bytesMax,
          sizeCalculation: bytesOf,
          dispose: (_answer, _key, reason) => {
            if (reason === 'evict') counts.evictions++;
          },
        });

  return {
    find(row, epoch) {
      if (!mayUse(row)) return null;
      const answer = answers?.get(row.inputHash);
      const isFound = answer !== undefined && isOf(epoch, answer);
      counts[isFound ? 'hits' : 'misses']++;
      return isFound ? answer : null;
    },
    keep(row, answer) {
      if (answers === null || !mayUse(row)) return;
      // A copy: a view would hold the memory of the whole batch it was cut from.
      const probabilities = answer.probabilities?.slice() ?? null;
      answers.set(row.inputHash, { ...answer, probabilities });
    },
    clear: () => answers?.clear(),
    get stats() {
      return { ...counts, bytes: answers?.calculatedSize ?? 0, rows: answers?.size ?? 0 };
    },
  };
}

/** A teacher's answer that the budget has paid for holds on: its threshold moves all the time. */
function isOf({ studentVersion, threshold, mode }: AnswerEpoch, answer: CachedAnswer): boolean {
  const isPaidFor = mode === 'budget' && answer.teacher !== null;
  return (
    answer.mode === mode &&
    answer.studentVersion === studentVersion &&
    (isPaidFor || answer.threshold === threshold)
  );
}

const mayUse = ({ isHoldout, requested }: CacheableRow): boolean =>
  !isHoldout && requested === 'auto';

/** The names of student and teacher are shared between answers: they count as pointers. */
function bytesOf({ probabilities }: CachedAnswer, inputHash: string): number {
  const ofArray = probabilities === null ? 0 : arrayBytes + probabilities.byteLength;
  return entryBytes + inputHash.length + ofArray;
}
