import type { Server } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import type { RequestGate } from './request-gate.js';

export interface StopOptions {
  /** Ends answers that would go on for long; asked again for those that come late. */
  readonly endStreams: () => void;
  /** Resolves when no other process listens on the port, for those that share it. */
  readonly portClosed?: () => Promise<void>;
  /** Closes idle connections that the server does not know of. */
  readonly closeIdle?: () => void;
}

/** How long a connection without a request is left open, so that one on its way is not cut off. */
const idleNoticeMs = 500;
/**
 * The listener is closed when no new connection came for so long, ms: what waits in its backlog is
 * cut off with it, although its request may have been sent. Clients that connect for each request
 * come back some ms after an answer.
 */
const quietMs = 25;
/** The look for new connections must be just over, ms: since then some may have come. */
const turnMsMax = 0.1;
/** Connections that keep coming are waited for so long, ms; then the next short turn will do. */
const backlogMs = 500;
const backlogMsMax = 2 * backlogMs;

/**
 * Prepares the end of a server that does not listen yet.
 *
 * The result takes in the connections that wait already and then no more, answers what is in
 * flight, and cuts off what is left at the deadline. New requests are held back until the port is
 * closed: who waits for an answer does not connect again, and an idle loop closes in time.
 * `http.Server.close` would also cut idle connections at once, and with them a request that a
 * client has just sent on one; here they get a moment, in which answers ask their clients to close.
 *
 * @param gate     before the server's handler.
 * @param options  until `portClosed` resolves no client may be sent away.
 */
export function createStopListening(
  server: Server,
  gate: RequestGate,
  { endStreams, portClosed, closeIdle }: StopOptions,
): (graceMs: number) => Promise<void> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket) => {
    connections++;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });

  function sweep(): void {
    endStreams();
    server.closeIdleConnections();
    closeIdle?.();
    // Opened ahead by a browser or a health check and never used: not idle to `http.Server`.
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  }

  /** Resolves just after a look for new connections, in the same turn of the event loop. */
  async function emptyBacklog(graceMs: number): Promise<void> {
    const startedMs = performance.now();
    let newestMs = startedMs;
    for (;;) {
      const before = { connections, ms: performance.now() };
      await new Promise(setImmediate);
      const nowMs = performance.now();
      if (connections !== before.connections) newestMs = nowMs;
      const isQuiet = nowMs - newestMs >= quietMs || nowMs - startedMs >= backlogMs;
      const isJustOver = newestMs !== nowMs && nowMs - before.ms <= turnMsMax;
      if (isQuiet && isJustOver) return;
      if (nowMs - startedMs >= Math.min(backlogMsMax, graceMs)) return;
    }
  }

  return async (graceMs) => {
    gate.hold();
    await emptyBacklog(graceMs);
    const stopped = new Promise<void>((resolve) => {
      NetServer.prototype.close.call(server, () => resolve());
    });
    await portClosed?.();
    gate.release();
    endStreams();
    const first = setTimeout(sweep, idleNoticeMs);
    const later = setInterval(sweep, 2 * idleNoticeMs);
    const deadline = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, graceMs);
    await stopped;
    clearTimeout(first);
    clearInterval(later);
    clearTimeout(deadline);
  };
}
