import {
  CancelledError,
  OverloadedError,
  TeacherFailedError,
  TeacherTimeoutError,
} from '../../errors.js';
import { isNoAnswer, isOfInput, isRefusal, mayPass, retryAfterMsOf } from '../call-failure.js';
import type { LoadVerdict } from './call-limit.js';
import type { CallVerdict } from './circuit-breaker.js';
import type { RecentLatency } from './recent-latency.js';

/** What is usual of a teacher, for a call of so many rows. */
interface Usual {
  readonly latency: Pick<RecentLatency, 'quantileMs' | 'leastMs'>;
  readonly rows: number;
  /** Its time for a call, ms; null: none of its own. */
  readonly timeoutMs: number | null;
}

/** Who waits three times as long as nearly all calls take has not given up too early. */
const patienceTimes = 3;
const patienceMsMin = 100;
/**
 * An answer after more than this share of its time is a sign of congestion, where calls of its size
 * have taken half as long lately: a large batch is slow by itself.
 */
const slowShare = 0.5;
const slowTimes = 2;

/**
 * What a failed call says of the teacher. A failure that asking again does not mend is of the
 * input, and one with a `Retry-After` is of a teacher that is there: neither opens the breaker. A
 * caller who gave up counts only after a time that is long for this teacher: a client without
 * patience must not shut others out.
 */
export function breakerVerdictOf(error: unknown, tookMs: number, usual: Usual): CallVerdict {
  if (error instanceof CancelledError) return tookMs >= patienceMs(usual) ? 'failed' : 'unknown';
  if (error instanceof OverloadedError || retryAfterMsOf(error) !== null) return 'unknown';
  const isFinal = error instanceof TeacherFailedError && !mayPass(error) && !isNoAnswer(error);
  return isFinal || isOfInput(error) ? 'unknown' : 'failed';
}

/** What a call says of the load that the teacher bears; `error` null: it has answered. */
export function loadVerdictOf(error: unknown, tookMs: number, usual: Usual): LoadVerdict {
  if (error === null) return isSlow(tookMs, usual) ? 'congested' : 'well';
  const isCongested = isRefusal(error) || error instanceof TeacherTimeoutError;
  return isCongested ? 'congested' : 'unknown';
}

function isSlow(tookMs: number, { latency, rows, timeoutMs }: Usual): boolean {
  if (timeoutMs === null || tookMs <= slowShare * timeoutMs) return false;
  const leastMs = latency.leastMs(rows);
  return leastMs === null || tookMs > slowTimes * leastMs;
}

function patienceMs({ latency, rows, timeoutMs }: Usual): number {
  const usualMs = latency.quantileMs(0.99, rows);
  if (usualMs === null) return timeoutMs ?? Infinity;
  return Math.max(patienceMsMin, patienceTimes * usualMs);
}
