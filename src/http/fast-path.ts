import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { PredictParts } from './answer-predict.js';
import { createDateText } from './date-text.js';
import { FastConnection, type FastConnectionParts } from './fast-connection.js';
import { createHeadReader } from './predict-head.js';

export interface FastPathParts extends PredictParts, Pick<FastConnectionParts, 'isOpen'> {
  /** Ms since the epoch. */
  readonly now: () => number;
}

export interface FastPath {
  /** Closes the connections on which nothing is on its way. */
  readonly closeIdle: () => void;
}

/** How often connections are looked at that have waited for long, ms: limits are in seconds. */
const sweepMs = 1000;

/**
 * Answers plain predictions from the socket, past the parser and the streams of `node:http`, which
 * take two fifths of the time of such a request (`npm run bench -- --only single` measures the
 * gateway both ways). A connection is given to `node:http` for good with the first request that is
 * not plain, in whatever way (see `readPredictHead`), so there is one place where HTTP is
 * understood in full.
 *
 * The server's own limits of time hold, up to a second later: `keepAliveTimeout`,
 * `headersTimeout`, `requestTimeout`.
 *
 * @param server  one that does not listen yet.
 */
export function openFastPath(server: Server, parts: FastPathParts): FastPath {
  const connections = new Map<Socket, FastConnection>();
  const shared = {
    ...parts,
    readHead: createHeadReader(),
    dateText: createDateText(parts.now),
    keepAliveSeconds: () =>
      server.keepAliveTimeout > 0 ? Math.floor(server.keepAliveTimeout / 1000) : null,
  };
  const [serveHttp] = server.listeners('connection') as ((socket: Socket) => void)[];
  server.removeListener('connection', serveHttp!);

  server.prependListener('connection', (socket: Socket) => {
    const leave = (): void => void connections.delete(socket);
    const connection = new FastConnection(socket, shared, {
      handOver(unread) {
        socket.off('close', leave);
        leave();
        socket.unshift(unread);
        serveHttp!.call(server, socket);
        socket.resume();
      },
      refuse(code) {
        leave();
        const error = Object.assign(new Error(code), { code, reason: reasons[code] ?? code });
        server.emit('clientError', error, socket);
      },
    });
    connections.set(socket, connection);
    socket.once('close', leave);
  });

  function sweep(): void {
    const nowMs = performance.now();
    for (const [socket, connection] of connections) {
      const { state, hasServed, sinceMs } = connection;
      const waitedMs = nowMs - sinceMs;
      if (state === 'receiving' && isOver(waitedMs, server.requestTimeout)) late(connection);
      if (state !== 'idle') continue;
      if (!hasServed && isOver(waitedMs, server.headersTimeout)) late(connection);
      if (hasServed && isOver(waitedMs, server.keepAliveTimeout)) socket.destroy();
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

const late = (connection: FastConnection): void => connection.refuse('ERR_HTTP_REQUEST_TIMEOUT');

/** As node's parser says it. */
const reasons: Readonly<Record<string, string>> = { HPE_INVALID_EOF_STATE: 'Invalid EOF state' };

/** A limit of 0 is none. */
const isOver = (waitedMs: number, limitMs: number): boolean => limitMs > 0 && waitedMs > limitMs;
