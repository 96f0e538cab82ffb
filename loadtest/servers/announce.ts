import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Listens on a free port, tells the parent where, and ends with it or on SIGTERM. */
export async function announce(server: Server): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const end = (): void => process.exit(0);
  process.on('SIGTERM', end);
  process.on('disconnect', end);
  process.send?.({ url: `http://127.0.0.1:${port}` });
}
