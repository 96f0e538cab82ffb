import type { Server } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';

/** How long a connection without a request is left open, so that one on its way is not cut off. */
const idleNoticeMs = 500;

/**
 * Prepares the end of a server that does not listen yet.
 *
 * The result takes no new connections, answers what is in flight, and cuts off what is left at the
 * deadline. `http.Server.close` would also cut idle connections at once, and with them a request
 * that a client has just sent on one; here they get a moment, in which answers ask their clients to
 * close.
 *
 * @param endStreams  ends answers that would go on for long; asked again for those that come late.
 */
export function createStopListening(
  server: Server,
  endStreams: () => void,
): (graceMs: number) => Promise<void> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });

  function sweep(): void {
    endStreams();
    server.closeIdleConnections();
    // Opened ahead by a browser or a health check and never used: not idle to `http.Server`.
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  }

  return async (graceMs) => {
    const stopped = new Promise<void>((resolve) => {
      NetServer.prototype.close.call(server, () => resolve());
    });
    endStreams();
    const first = setTimeout(sweep, idleNoticeMs);
    const later = setInterval(sweep, 2 * idleNoticeMs);
    const deadline = setTimeout(() => server.closeAllConnections(), graceMs);
    await stopped;
    clearTimeout(first);
    clearInterval(later);
    clearTimeout(deadline);
  };
}
