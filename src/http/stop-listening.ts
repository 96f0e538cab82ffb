import type { Server } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';

/** How long a connection without a request is left open, so that one on its way is not cut off. */
const idleNoticeMs = 500;
/**
 * The listener is closed when so many turns of the event loop in a row brought no new connection:
 * what waits in its backlog is cut off with it, although its request may have been sent.
 */
const quietTurns = 3;
/** A longer turn is not a quiet one, ms: connections may have come since its look for them. */
const quietMsMax = 0.25;
/** Under a flood of connections no turn is quiet: then some are cut off, after so long, ms. */
const backlogMsMax = 500;

/**
 * Prepares the end of a server that does not listen yet.
 *
 * The result takes in the connections that wait already and then no more, answers what is in
 * flight, and cuts off what is left at the deadline. `http.Server.close` would also cut idle
 * connections at once, and with them a request that a client has just sent on one; here they get a
 * moment, in which answers ask their clients to close.
 *
 * @param endStreams  ends answers that would go on for long; asked again for those that come late.
 */
export function createStopListening(
  server: Server,
  endStreams: () => void,
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
    // Opened ahead by a browser or a health check and never used: not idle to `http.Server`.
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  }

  /** Resolves just after a look for new connections, in the same turn of the event loop. */
  async function emptyBacklog(msMax: number): Promise<void> {
    const startedMs = performance.now();
    for (let quiet = 0; quiet < quietTurns && performance.now() - startedMs < msMax;) {
      const before = { connections, ms: performance.now() };
      await new Promise(setImmediate);
      const isShort = performance.now() - before.ms <= quietMsMax;
      quiet = isShort && connections === before.connections ? quiet + 1 : 0;
    }
  }

  return async (graceMs) => {
    await emptyBacklog(Math.min(backlogMsMax, graceMs));
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
