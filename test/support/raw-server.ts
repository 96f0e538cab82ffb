import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { after } from 'node:test';

export interface RawServer {
  readonly url: string;
  readonly port: number;
  /** Connections so far. */
  readonly sockets: readonly Socket[];
}

/** Starts a server of bare sockets, for answers that no HTTP server gives. Gone after the tests. */
export async function startRawServer(
  onData: (socket: Socket, text: string) => void,
): Promise<RawServer> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk) => onData(socket, chunk.toString('latin1')));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, port, sockets };
}
