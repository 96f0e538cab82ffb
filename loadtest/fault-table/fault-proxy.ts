import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerFaults, faultReply, type AnswerFault } from './fault-replies.js';

/** What may go wrong between a gateway and its teacher. */
export const faults = ['slow', 'hang', 'reset', 'truncated', ...answerFaults] as const;
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
 * connection (slow, hang, reset, truncated), or as an answer that it writes itself, in the protocol
 * of the request.
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
      const { fault } = proxy;
      const reply = isOfAnswer(fault) ? faultReply(fault, request) : null;
      if (reply !== null) client.write(reply);
      else if (fault === 'reset') client.resetAndDestroy();
      else if (fault !== 'hang') upstream.write(request);
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

const isOfAnswer = (fault: Fault | null): fault is AnswerFault =>
  answerFaults.some((one) => one === fault);
