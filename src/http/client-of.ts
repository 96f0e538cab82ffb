import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

const clientCharsMax = 128;

/** Who asks: the header `x-client-id` where it is sent, the address otherwise. */
export function clientOf(request: IncomingMessage): string | null {
  const header = request.headers['x-client-id'];
  return clientNamed(typeof header === 'string' ? header : null, request.socket);
}

/** @param header  what it says; null where it was not sent. */
export function clientNamed(header: string | null, socket: Socket): string | null {
  if (header !== null && header !== '') return header.slice(0, clientCharsMax);
  return socket.remoteAddress ?? null;
}
