import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { FastConnection, type FastPathParts } from './fast-connection.js';
import { createHeadReader } from './predict-head.js';
import { createDateText } from './reply.js';

export interface FastPath {
  /** Closes the connections on which nothing is on its way. */
  readonly closeIdle: () => void;
}

/** How often connections are looked at that have waited for long, ms. */
const sweepMs = 1000;

/**
 * Answers plain predictions from the socket, past the parser and the streams of `node:http`, which
 * take two thirds of the time of such a request (`npm run bench -- --only single` has the ratio). A
 * connection is given to `node:http` for good with the first request that is not plain, in whatever
 * way (see `readPredictHead`), so there is one place where HTTP is understood in full.
 *
 * It keeps the server's own time limits: `keepAliveTimeout`, `headersTimeout`, `requestTimeout`.
 *
 * @param server  one that does not listen yet.
 */
export function openFastPath(
  server: Server,
  parts: FastPathParts & { readonly now: () => number },
): FastPath {
  const readHead = createHeadReader();
  const dateText = createDateText(parts.now);
  const connections = new Map<Socket, FastConnection>();
  const [serveHttp] = server.listeners('connection') as ((socket: Socket) => void)[];
  server.removeListener('connection', serveHttp!);

  server.prependListener('connection', (socket: Socket) => {
    const leave = (): void => void connections.delete(socket);
    const connection = new FastConnection(socket, {
      ...parts,
      readHead,
      dateText,
      keepAliveSeconds: Math.floor(server.keepAliveTimeout / 1000),
      handOver(unread) {
        socket.off('close', leave);
        leave();
        socket.unshift(unread);
        serveHttp!.call(server, socket);
        socket.resume();
      },
      onCut: () => refuse(socket, 'HPE_INVALID_EOF_STATE'),
    });
    connections.set(socket, connection);
    socket.once('close', leave);
  });

  /** As `node:http` does where it can not go on. */
  function refuse(socket: Socket, code: string): void {
    connections.delete(socket);
    server.emit('clientError', Object.assign(new Error(code), { code }), socket);
  }

  function sweep(): void {
    const nowMs = performance.now();
    for (const [socket, { state, hasServed, sinceMs }] of connections) {
      if (state === 'answering') continue;
      const waitedMs = nowMs - sinceMs;
      if (state === 'idle' && hasServed) {
        if (isOver(waitedMs, server.keepAliveTimeout)) socket.destroy();
      } else if (isOver(waitedMs, state === 'idle' ? server.headersTimeout : server.requestTimeout))
        refuse(socket, 'ERR_HTTP_REQUEST_TIMEOUT');
    }
  }

  let sweeping: NodeJS.Timeout | undefined;
  server.on('listening', () => (sweeping = setInterval(sweep, sweepMs).unref()));
  server.on('close', () => clearInterval(sweeping));

  return {
    closeIdle() {
      for (const [socket, { state, hasServed }] of connections)
        if (state === 'idle' && hasServed) socket.destroy();
    },
  };
}

/** A limit of 0 is none. */
const isOver = (waitedMs: number, limitMs: number): boolean => limitMs > 0 && waitedMs > limitMs;
