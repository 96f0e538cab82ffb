import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What may go wrong between a gateway and its teacher. */
export const faults = [
  ...['slow', 'hang', 'reset', 'truncated', '429', '500'],
  ...['wrong shape', 'label outside the set', 'NaN'],
] as const;
export type Fault = (typeof faults)[number];

export interface FaultProxy {
  readonly port: number;
  /** In force for requests from now on; null: all is well. */
  fault: Fault | null;
  close(): void;
}

/** `slow`: the answer comes so much later, ms. */
export const slowMs = 150;

/**
 * Starts a TCP proxy in front of an HTTP server that injects one fault at a time: into the
 * connection (slow, hang, reset, truncated), or as an answer that it writes itself.
 */
export async function startFaultProxy(serverPort: number): Promise<FaultProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(serverPort, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {}); // The other side is ended below.
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (request) => {
      const reply = proxy.fault === null ? undefined : replies[proxy.fault];
      if (reply !== undefined) client.write(reply);
      else if (proxy.fault === 'reset') client.resetAndDestroy();
      else if (proxy.fault !== 'hang') upstream.write(request);
    });
    upstream.on('data', (answer) => void passOn(answer, client, proxy.fault));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: FaultProxy = {
    port: (server.address() as AddressInfo).port,
    fault: null,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
  return proxy;
}

async function passOn(answer: Buffer, client: Socket, fault: Fault | null): Promise<void> {
  if (fault === 'slow') await sleep(slowMs);
  if (fault === 'truncated') client.end(answer.subarray(0, answer.length - 10));
  else if (!client.destroyed) client.write(answer);
}

const reply = (status: string, body: string, header = ''): Buffer =>
  Buffer.from(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\n${header}` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );

/** Answers of a server that has gone wrong. */
const replies: Partial<Record<Fault, Buffer>> = {
  '429': reply('429 Too Many Requests', '{"error":"Too many"}', 'retry-after-ms: 100\r\n'),
  '500': reply('500 Internal Server Error', '{"error":"A bug"}'),
  'wrong shape': reply('200 OK', '{"outputs":[[0.5,0.5,0.5]]}'),
  'label outside the set': reply('200 OK', '{"rows":[{"label":"purple","scores":[0.5,0.5]}]}'),
  NaN: reply('200 OK', '{"rows":[{"label":"bright","scores":[NaN,NaN]}]}'),
};
