import type { IncomingMessage, ServerResponse } from 'node:http';
import { OverloadedError } from '../errors.js';
import { problemOf, sendProblem } from './problem.js';

/** Requests are refused unread once a turn of the event loop has taken them in for so long, ms. */
export const turnMsMax = 20;
/** A larger body costs more to read than a connection to open. */
const readBytesMax = 65_536;

const overload = new OverloadedError(
  'More requests come in than this gateway can read. Send fewer at once, or let more processes ' +
    'answer: serve --workers.',
  1,
);
const body = JSON.stringify(problemOf(overload));
const headers = {
  'content-type': 'application/problem+json; charset=utf-8',
  'content-length': Buffer.byteLength(body),
  'retry-after': '1',
};

/**
 * Refuses a request before its body is read, as cheaply as it can be done: the answer is ready, and
 * the connection stays. (Made once, the error has the stack of its making; nobody sees it.)
 */
export function shed(request: IncomingMessage, response: ServerResponse): void {
  const bytes = Number(request.headers['content-length'] ?? Infinity);
  if (!(bytes <= readBytesMax)) {
    sendProblem(response, overload);
    return;
  }
  request.resume();
  response.writeHead(503, headers);
  response.end(body);
}
