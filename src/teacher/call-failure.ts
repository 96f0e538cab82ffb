import {
  GatewayError,
  OverloadedError,
  TeacherFailedError,
  TeacherTimeoutError,
  TeacherUnavailableError,
} from '../errors.js';

/** A teacher that asks for more than this, ms, is asked again all the same. */
const retryAfterMsMax = 600_000;
const tooManyRequests = 429;
const unavailable = 503;

const statusOf = (error: unknown): unknown =>
  error instanceof GatewayError ? error.details['status'] : undefined;

/** A teacher's server has refused it (429): it was asked, and is not to be asked so often. */
const isRateLimit = (error: unknown): boolean => statusOf(error) === tooManyRequests;

/** Why a caller has no answer. Who hung up does not read it: his own time was too short. */
export const gaveUp =
  'The teacher had not answered when the timeoutMs of this request had passed. Raise it, or ' +
  "leave it out for the teacher's own.";

/** @param timeoutMs  what it has had, ms. */
export function lateTeacher(name: string, timeoutMs: number, cause: unknown): TeacherTimeoutError {
  const message = `No answer from teacher ${name} in ${timeoutMs} ms. Raise its timeoutMs.`;
  return new TeacherTimeoutError(message, { timeoutMs }, { cause });
}

/** What the teacher itself has asked to wait, ms; null where it has asked for nothing. */
export function retryAfterMsOf(error: unknown): number | null {
  if (!(error instanceof TeacherFailedError || error instanceof OverloadedError)) return null;
  const { retryAfterMs } = error.details;
  if (typeof retryAfterMs !== 'number' || !(retryAfterMs > 0)) return null;
  return Math.min(retryAfterMsMax, retryAfterMs);
}

/** The same call may go well a moment later. */
export const mayPass = (error: unknown): boolean =>
  error instanceof TeacherTimeoutError ||
  (error instanceof TeacherFailedError && error.isRetryable) ||
  (error instanceof OverloadedError && isRateLimit(error));

/** The teacher has refused it for want of room. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof OverloadedError || isRateLimit(error) || statusOf(error) === unavailable;

/** What came back is no answer: `teacher/remote/` says what it expected, and what it got. */
export const isNoAnswer = (error: unknown): boolean =>
  error instanceof TeacherFailedError && 'got' in error.details && 'expected' in error.details;

/** A server says with these that it does not take this request; another one it may. */
const inputStatuses: readonly unknown[] = [400, 413, 422];

/**
 * The teacher has looked at this input and does not label it: a refusal, a filter, an answer that
 * is cut off. Other inputs have nothing to do with it, and asking again does not mend it.
 */
export const isOfInput = (error: unknown): boolean =>
  error instanceof TeacherFailedError &&
  !error.isRetryable &&
  (error.details['isOfInput'] === true || inputStatuses.includes(error.details['status']));

/** Nobody has sent it: a queue was full, or the teacher is left alone. */
export const isUnsent = (error: unknown): boolean =>
  error instanceof TeacherUnavailableError ||
  (error instanceof OverloadedError && !isRateLimit(error));

/** Why a server was never reached, as `unreachable` says it. */
const unreachedReasons: readonly unknown[] = [
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'],
  'UND_ERR_CONNECT_TIMEOUT',
];
const isUnreached = (error: unknown): boolean =>
  error instanceof TeacherFailedError && unreachedReasons.includes(error.details['reason']);

/** Rows of a call that failed so may be on the bill: not those that were never looked at. */
export const mayBeBilled = (error: unknown): boolean =>
  !isUnsent(error) && !isRateLimit(error) && !isUnreached(error);
