import type { IncomingMessage, ServerResponse } from 'node:http';
import type { OverloadedError } from '../errors.js';
import { problemReply, sendProblem } from './problem.js';
import { sendReply } from './reply.js';

/** A larger body costs more to read than a connection to open. */
const readBytesMax = 65_536;

/**
 * Refuses a request before its body is read, as cheaply as it can be done: the body is dropped, and
 * the connection stays.
 */
export function shed(
  request: IncomingMessage,
  response: ServerResponse,
  error: OverloadedError,
): void {
  const bytes = Number(request.headers['content-length'] ?? Infinity);
  if (!(bytes <= readBytesMax)) {
    sendProblem(response, error);
    return;
  }
  request.resume();
  sendReply(response, problemReply(error));
}
