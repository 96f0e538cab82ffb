import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InvalidConfigError } from '../errors.js';

/** @throws {InvalidConfigError} when the address can not be had. */
export async function listenOn(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<AddressInfo> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    const isTaken = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE';
    const why = isTaken
      ? 'another program listens there. Stop it, or set UNDERSTUDY_PORT to another port (0: any).'
      : `${String(cause)}. Set UNDERSTUDY_HOST and UNDERSTUDY_PORT to an address of its own.`;
    throw new InvalidConfigError(`Cannot listen on ${host}:${port}: ${why}`, {}, { cause });
  }
  return server.address() as AddressInfo;
}
