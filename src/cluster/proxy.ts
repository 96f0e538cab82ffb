import {
  request as requestOver,
  type IncomingHttpHeaders,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { OverloadedError } from '../errors.js';
import { sendProblem } from '../http/problem.js';

/**
 * Passes requests on to the primary, which listens on a socket of its own, and its answers back.
 *
 * @param socketPath  where the primary listens.
 */
export function createProxy(socketPath: string): RequestListener {
  return (request, response) => {
    const { method, url, headers } = request;
    const upstream = requestOver(
      { socketPath, method, path: url, headers, setHost: false },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
        answer.pipe(response);
        answer.once('error', () => response.destroy());
      },
    );
    upstream.once('error', () => refuse(response));
    response.once('close', () => upstream.destroy()); // Also who follows a run and hangs up.
    request.pipe(upstream);
  };
}

/** Without what speaks of one connection alone. */
function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const kept = { ...headers };
  delete kept.connection;
  delete kept['keep-alive'];
  return kept;
}

function refuse(response: ServerResponse): void {
  if (response.headersSent) response.destroy();
  else
    sendProblem(
      response,
      new OverloadedError('The primary process does not answer; try again in 1 s.', 1),
    );
}
