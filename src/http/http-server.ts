import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { ExpectationFailedError, InvalidInputError } from '../errors.js';
import { awaitContinue } from './expect-continue.js';
import { problemReply, sendProblem, unreadMsMax } from './problem.js';
import { refusalOf } from './refusal-of.js';
import { wireText } from './reply.js';
import { shorten } from '../task/show-value.js';

/**
 * An HTTP server whose refusals are problem documents too: of requests that node's parser can not
 * read, of those without a `host`, and of an `expect` that nobody can meet. By itself node refuses
 * them with a bare status.
 */
export function createHttpServer(handler: RequestListener): Server {
  const listener: RequestListener = (request, response) => {
    const isHostless = request.headers.host === undefined && request.httpVersion === '1.1';
    request.url = pathOf(request.url!);
    if (isHostless) refuse(response, hostMissing());
    else handler(request, response);
  };
  const server = createServer(options, listener);
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    awaitContinue(request, response);
    listener(request, response);
  });
  server.on('clientError', refuseUnread);
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) =>
    refuse(response, unmetExpectation(request.headers.expect ?? '')),
  );
  return server;
}

/**
 * A head must be there within 60 s, and the whole request too: 8 MiB at 1.1 Mbit/s. Node looks for
 * late ones every 5 s.
 */
const options = {
  requireHostHeader: false,
  headersTimeout: 60_000,
  requestTimeout: 60_000,
  connectionsCheckingInterval: 5_000,
} as const;

/**
 * The path of a target as it is sent to a proxy, `http://host/path`, which a server must take too.
 *
 * @see RFC 9112, "HTTP/1.1", section 3.2.2
 */
function pathOf(target: string): string {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, '');
  return path.startsWith('/') || target === '*' ? path : `/${path}`;
}

const lastWords = { isLast: true, keepAliveSeconds: null, date: null } as const;

function refuse(response: ServerResponse, error: Error): void {
  response.setHeader('connection', 'close');
  sendProblem(response, error);
}

const hostMissing = (): InvalidInputError =>
  new InvalidInputError('HTTP/1.1 needs the header host. Send "host: <name of the gateway>".', {
    field: 'host',
    expected: 'the name of the gateway',
    got: 'nothing',
  });

const unmetExpectation = (expect: string): ExpectationFailedError =>
  new ExpectationFailedError(
    'The only expectation that can be met is 100-continue. Leave the header expect out.',
    { field: 'expect', expected: '100-continue, or no such header', got: shorten(expect) },
  );

/**
 * Answers what can not be read, and hangs up when the client does or has taken too long over it:
 * at once would reset the connection, and a client that is still sending would see no answer.
 */
function refuseUnread(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable || isAnswering(socket)) {
    socket.destroy();
    return;
  }
  const deadline = setTimeout(() => socket.destroy(), unreadMsMax);
  socket.once('close', () => clearTimeout(deadline));
  socket.end(wireText(problemReply(refusalOf(error)), lastWords));
}

/** A second head in the middle of an answer would be taken for a part of it. (Node looks there.) */
function isAnswering(socket: Duplex & { readonly _httpMessage?: ServerResponse | null }): boolean {
  return socket._httpMessage?.headersSent === true;
}
