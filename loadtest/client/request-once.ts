import { openConnection, type Outcome } from './connection.js';
import { requestBytesOf } from './request-bytes.js';

/** One POST over a connection of its own. */
export function requestOnce(url: string, body: Uint8Array): Promise<Outcome> {
  const { hostname: host, port } = new URL(url);
  const timeoutMs = 10_000;
  const connection = openConnection({ host, port: Number(port), timeoutMs, onGone: () => {} });
  return new Promise((resolve) => {
    connection.send(requestBytesOf(url, body), (outcome) => {
      connection.close();
      resolve(outcome);
    });
  });
}
