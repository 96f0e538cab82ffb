import { connect } from 'node:net';
import { createResponseParser, type ParsedResponse } from './response-parser.js';

export type Outcome =
  | { readonly kind: 'answered'; readonly status: number; readonly body: Buffer }
  /** `ECONNRESET`, `ECONNREFUSED`, `timeout`, `cut off` (in the middle), or what was unreadable. */
  | { readonly kind: 'failed'; readonly why: string };

export interface Connection {
  /** One request at a time. @throws {Error} when one is in flight. */
  send(request: Uint8Array, onOutcome: (outcome: Outcome) => void): void;
  /** What is in flight fails. */
  close(): void;
}

export interface ConnectionOptions {
  readonly host: string;
  readonly port: number;
  /** Longest wait for a whole answer. */
  readonly timeoutMs: number;
  /** Called once, before a request in flight fails, when nothing more can be sent. */
  readonly onGone: () => void;
}

/**
 * Opens one keep-alive connection. A bare socket with requests made beforehand: the client of
 * `node:http` costs more for each request than the servers that are measured here.
 */
export function openConnection({ host, port, timeoutMs, onGone }: ConnectionOptions): Connection {
  const socket = connect({ host, port, noDelay: true });
  let waiting: ((outcome: Outcome) => void) | null = null;
  let isGone = false;
  let failure: string | null = null;
  // One timer for all requests: setting a new one for each would be a tenth of the work.
  const deadline = setTimeout(() => {
    if (waiting !== null) end('timeout');
  }, timeoutMs);
  const parser = createResponseParser(take);

  function take({ status, body, isLast }: ParsedResponse): void {
    const onOutcome = waiting;
    if (onOutcome === null) return void end('an answer that nobody asked for');
    waiting = null;
    if (isLast) leave();
    onOutcome({ kind: 'answered', status, body });
  }

  /** Nothing more goes out. */
  function leave(): void {
    if (isGone) return;
    isGone = true;
    clearTimeout(deadline);
    socket.destroy();
    onGone();
  }

  function end(why: string): void {
    leave();
    const onOutcome = waiting;
    waiting = null;
    onOutcome?.({ kind: 'failed', why });
  }

  socket.on('data', (chunk) => {
    try {
      parser.push(chunk);
    } catch (error) {
      end((error as Error).message);
    }
  });
  socket.on('error', (error: NodeJS.ErrnoException) => (failure = error.code ?? error.message));
  socket.on('end', () => end(parser.isInside ? 'cut off' : 'ECONNRESET'));
  socket.on('close', () => end(failure ?? (parser.isInside ? 'cut off' : 'ECONNRESET')));

  return {
    send(request, onOutcome) {
      if (waiting !== null) throw new Error('This connection waits for an answer.');
      if (isGone) throw new Error('This connection is closed.');
      waiting = onOutcome;
      deadline.refresh();
      socket.write(request);
    },
    close: () => end('closed'),
  };
}
