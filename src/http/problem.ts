import type { IncomingMessage, ServerResponse } from 'node:http';
import { GatewayError, OverloadedError, type ErrorCode } from '../errors.js';
import type { ProblemJson } from './api-types.js';
import { sendReply, writeReplyHead, type Reply } from './reply.js';
import { httpStatusOf } from './status.js';

/** What each code means, for people; the same for every problem of that code. */
export const problemTitles: Readonly<Record<ErrorCode, string>> = {
  INVALID_INPUT: 'The request is not valid',
  UNKNOWN_TASK: 'There is no such task',
  NOT_FOUND: 'There is nothing here',
  UNAUTHENTICATED: 'An API key is needed',
  FORBIDDEN: 'The request is not allowed',
  METHOD_NOT_ALLOWED: 'The method is not allowed here',
  CONFLICT: 'The present state does not allow it',
  BODY_TOO_LARGE: 'The body is too large',
  UNSUPPORTED_MEDIA_TYPE: 'The media type is not supported',
  HEADERS_TOO_LARGE: 'Path and headers are too large',
  EXPECTATION_FAILED: 'The expectation can not be met',
  REQUEST_TIMEOUT: 'The request did not arrive in time',
  INVALID_CONFIG: 'The configuration is not valid',
  INVALID_BUNDLE: 'A student version cannot be used',
  INVALID_MODEL_OUTPUT: 'The model gave no usable answer',
  DISTILLATION_FAILED: 'The distillation failed',
  TEACHER_FAILED: 'The teacher failed',
  TEACHER_UNAVAILABLE: 'The teacher is not asked for now',
  OVERLOADED: 'There is no room for it now',
  CAPTURE_FAILED: 'The capture log failed',
  STORAGE_FAILED: 'A file could not be written',
  TEACHER_TIMEOUT: 'The teacher did not answer in time',
  CANCELLED: 'There was no answer in time',
};

/**
 * Turns any failure into a problem document. Unexpected ones say nothing of what is inside.
 *
 * @see RFC 9457, "Problem Details for HTTP APIs"
 */
export function problemOf(error: unknown): ProblemJson {
  if (!(error instanceof GatewayError)) {
    return {
      type: 'about:blank',
      title: 'Internal error',
      status: 500,
      detail: 'The gateway met an error that it did not expect. Its log has the cause.',
      code: 'INTERNAL',
      retryable: false,
    };
  }
  const { code, message, details, isRetryable } = error;
  return {
    type: `urn:understudy:problem:${code.toLowerCase().replaceAll('_', '-')}`,
    title: problemTitles[code],
    status: httpStatusOf[code],
    detail: message,
    code,
    retryable: isRetryable,
    ...(Object.keys(details).length > 0 ? { details } : {}),
  };
}

/** The answer to a request that has failed. @param more  fields beside the problem's own. */
export function problemReply(error: unknown, more: Readonly<Record<string, string>> = {}): Reply {
  const problem = problemOf(error);
  const retryAfterSeconds = retryAfterOf(error, problem);
  return {
    status: problem.status,
    headers: {
      'content-type': 'application/problem+json; charset=utf-8',
      ...(problem.status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
      ...(retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) }),
    },
    text: JSON.stringify({ ...problem, ...more }),
  };
}

/** Seconds; null where it is no use to come back, or nobody knows when. */
function retryAfterOf(error: unknown, { status, retryable, details }: ProblemJson): number | null {
  if (error instanceof OverloadedError) return error.retryAfterSeconds;
  if (status !== 503 || !retryable) return null;
  const retryAfterMs = details?.['retryAfterMs'];
  return typeof retryAfterMs === 'number' ? Math.max(1, Math.ceil(retryAfterMs / 1000)) : 1;
}

/** Answers with a problem document, unless an answer has started already. */
export function sendProblem(
  response: ServerResponse,
  error: unknown,
  more: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent || response.destroyed) return;
  const reply = problemReply(error, more);
  const isBodyOnItsWay = hasBody(response.req) && !response.req.complete;
  if (!isBodyOnItsWay) {
    sendReply(response, reply);
    return;
  }
  response.setHeader('connection', 'close');
  writeReplyHead(response, reply);
  endAfterBody(response, reply.text);
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/** How long the rest of a refused body is read, ms. */
export const unreadMsMax = 2_000;

/**
 * Answers at once, and hangs up when the client has sent its body or taken too long over it.
 * Hanging up in the middle resets the connection, and a client that is still sending then sees no
 * answer.
 */
function endAfterBody(response: ServerResponse, body: string): void {
  const hangUp = (): void => void response.end();
  const deadline = setTimeout(hangUp, unreadMsMax);
  response.once('close', () => clearTimeout(deadline));
  response.write(body);
  response.req.once('end', hangUp);
  response.req.resume();
}
