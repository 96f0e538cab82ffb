import type { Server } from 'node:http';

/**
 * Closes connections that are more than so many, at once and without an answer.
 *
 * Not `server.maxConnections`: a worker of `node:cluster` that has as many hands the next one back,
 * and the primary offers it to the others; when all are full it goes round as fast as messages go,
 * and takes half a core (`test/compose/connections.test.ts`).
 */
export function limitConnections(server: Server, connectionsMax: number): void {
  let open = 0;
  server.on('connection', (socket) => {
    open++;
    socket.once('close', () => open--);
    if (open > connectionsMax) socket.destroy();
  });
}
