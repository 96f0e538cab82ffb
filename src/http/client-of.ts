import type { IncomingMessage } from 'node:http';

const clientCharsMax = 128;

/** Who asks: the header `x-client-id` where it is sent, the address otherwise. */
export function clientOf(request: IncomingMessage): string | null {
  const header = request.headers['x-client-id'];
  if (typeof header === 'string' && header !== '') return header.slice(0, clientCharsMax);
  return request.socket.remoteAddress ?? null;
}
