import {
  Agent,
  request as requestOver,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { OverloadedError } from '../errors.js';
import { sendProblem } from '../http/problem.js';

/**
 * Passes requests on to the primary, which listens on a socket of its own, and its answers back.
 * Each has its own connection there: one that is kept could be closed just as it is used again, and
 * on a local socket a new one costs little.
 *
 * @param socketPath  where the primary listens.
 */
export function createProxy(socketPath: string): RequestListener {
  const agent = new Agent({ keepAlive: false });
  return (request, response) => {
    let upstream: ClientRequest;
    try {
      const { method, url: path } = request;
      const headers = requestHeaders(request);
      upstream = requestOver({ socketPath, agent, method, path, headers, setHost: false });
    } catch (error) {
      sendProblem(response, error); // A path that our parser takes and `request` does not.
      return;
    }
    let isAnswered = false;
    upstream.once('response', (answer) => {
      isAnswered = true;
      passBack(answer, response);
    });
    // Once there is an answer, its own end says whether it is whole: the primary may answer, and
    // hang up, before a body has been sent.
    upstream.on('error', () => {
      if (!isAnswered) refuse(response);
    });
    response.once('close', () => upstream.destroy()); // Also who follows a run and hangs up.
    sendBody(request, upstream);
  };
}

/**
 * Sends a body of known length with its end, as one write. Not `pipe`, whose end is an empty write
 * of its own: where the primary has refused the request and hung up by then, that write fails, and
 * the answer that waits behind it is lost.
 */
function sendBody(request: IncomingMessage, upstream: ClientRequest): void {
  let leftBytes = Number(request.headers['content-length'] ?? NaN);
  request.on('data', (chunk: Buffer) => {
    leftBytes -= chunk.byteLength;
    if (leftBytes === 0) upstream.end(chunk);
    else if (!upstream.write(chunk)) {
      request.pause();
      upstream.once('drain', () => request.resume());
    }
  });
  request.once('end', () => upstream.end());
}

function passBack(answer: IncomingMessage, response: ServerResponse): void {
  answer.on('error', () => response.destroy()); // It was cut off: so is this one.
  response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
  answer.pipe(response);
}

/** A body without a length goes on in chunks. */
function requestHeaders({ headers }: IncomingMessage): IncomingHttpHeaders {
  const isChunked = headers['transfer-encoding'] !== undefined;
  return { ...endToEnd(headers), ...(isChunked ? { 'transfer-encoding': 'chunked' } : {}) };
}

/** What speaks of one connection alone; an expectation has been met here already. */
const ofConnection = [
  'connection',
  'expect',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** @see RFC 9110, section 7.6.1 */
function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  const dropped = new Set([...named, ...ofConnection]);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.has(name)));
}

function refuse(response: ServerResponse): void {
  if (response.headersSent) response.destroy();
  else
    sendProblem(
      response,
      new OverloadedError('The primary process does not answer; try again in 1 s.', 1),
    );
}
