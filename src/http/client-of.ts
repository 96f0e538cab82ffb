import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { ApiKey } from '../keys/api-key.js';

const clientCharsMax = 128;

/** Who asks, by everything that a request says of it. */
export function clientOf(request: IncomingMessage, key: ApiKey | null): string | null {
  const header = request.headers['x-client-id'];
  const clientId = typeof header === 'string' ? header : null;
  return clientNamed({ clientId, key }, request.socket);
}

/**
 * Who asks: the header `x-client-id` where it is sent, otherwise the key's name, otherwise the
 * address. Beside a key the header only says which client of that key it is, as `key/client`: names
 * of keys have no slash, so nobody can pass for another key.
 *
 * @param names  clientId: what the header says; null where it was not sent.
 */
export function clientNamed(
  { clientId, key }: { readonly clientId: string | null; readonly key: ApiKey | null },
  socket: Socket,
): string | null {
  const said = clientId === null || clientId === '' ? null : clientId.slice(0, clientCharsMax);
  if (key === null) return said ?? socket.remoteAddress ?? null;
  return said === null ? key.name : `${key.name}/${said}`;
}
