import { openConnection, type Connection, type Outcome } from './connection.js';

export interface PoolOptions {
  /** Requests go to its host and port. */
  readonly url: string;
  readonly timeoutMs: number;
  readonly connectionsMax: number;
}

export interface ConnectionPool {
  /** Sends at once where a connection is idle or may be opened, else when one becomes idle. */
  send(request: Uint8Array, onOutcome: (outcome: Outcome) => void): void;
  /** Requests that had to wait for a connection: more would have to be allowed. */
  readonly waits: number;
  close(): void;
}

interface Waiting {
  readonly request: Uint8Array;
  readonly sinceMs: number;
  readonly onOutcome: (outcome: Outcome) => void;
}

/** Keeps connections open; the one used last is used next, so that few are idle for long. */
export function createConnectionPool(options: PoolOptions): ConnectionPool {
  const { url, timeoutMs, connectionsMax } = options;
  const { host, port } = targetOf(url);
  const idle: Connection[] = [];
  const all = new Set<Connection>();
  let waiting: Waiting[] = [];
  let firstWaiting = 0;
  let waits = 0;
  let isClosed = false;

  function open(): Connection {
    const connection = openConnection({
      ...{ host, port, timeoutMs },
      onGone() {
        all.delete(connection);
        const at = idle.indexOf(connection);
        if (at >= 0) idle.splice(at, 1);
      },
    });
    all.add(connection);
    return connection;
  }

  function use(connection: Connection, { request, onOutcome }: Omit<Waiting, 'sinceMs'>): void {
    connection.send(request, (outcome) => {
      if (all.has(connection)) idle.push(connection);
      sendWaiting();
      onOutcome(outcome);
    });
  }

  function sendWaiting(): void {
    while (firstWaiting < waiting.length && !isClosed) {
      const connection = idle.pop() ?? (all.size < connectionsMax ? open() : undefined);
      if (connection === undefined) return;
      const next = waiting[firstWaiting++]!;
      const isLate = performance.now() - next.sinceMs > timeoutMs;
      if (isLate) idle.push(connection);
      if (isLate) next.onOutcome({ kind: 'failed', why: 'timeout' });
      else use(connection, next);
    }
    const left = waiting.slice(firstWaiting);
    waiting = [];
    firstWaiting = 0;
    for (const { onOutcome } of left) onOutcome({ kind: 'failed', why: 'closed' });
  }

  return {
    send(request, onOutcome) {
      const connection = idle.pop() ?? (all.size < connectionsMax ? open() : undefined);
      if (connection !== undefined) {
        use(connection, { request, onOutcome });
        return;
      }
      waits++;
      waiting.push({ request, sinceMs: performance.now(), onOutcome });
    },
    get waits() {
      return waits;
    },
    close() {
      isClosed = true;
      for (const connection of [...all]) connection.close();
    },
  };
}

function targetOf(url: string): { host: string; port: number } {
  const { protocol, hostname, port } = new URL(url);
  if (protocol !== 'http:') throw new RangeError(`Only http: can be measured, got ${url}.`);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? 80 : Number(port) };
}
