import { STATUS_CODES } from 'node:http';

/** An answer, before it is put on a connection. */
export interface Reply {
  readonly status: number;
  /** Without those that every answer has: length, date, what becomes of the connection. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

export const answerType = 'application/json; charset=utf-8';

/** What `wireText` says of the connection and the day. */
export interface WireOptions {
  /** Null: the connection is closed after it. */
  readonly keepAliveSeconds: number | null;
  /** Null: none. */
  readonly date: string | null;
}

/** A whole answer as `node:http` would send it. */
export function wireText(
  { status, headers, text }: Reply,
  { keepAliveSeconds, date }: WireOptions,
): string {
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`;
  for (const name in headers) head += `${name}: ${headers[name]!}\r\n`;
  head += `content-length: ${Buffer.byteLength(text)}\r\n`;
  if (date !== null) head += `Date: ${date}\r\n`;
  head +=
    keepAliveSeconds === null
      ? 'Connection: close'
      : `Connection: keep-alive\r\nKeep-Alive: timeout=${keepAliveSeconds}`;
  return `${head}\r\n\r\n${text}`;
}

/**
 * The header `date`. To write one takes longer than all the rest of a head, and it changes once a
 * second.
 *
 * @param now  ms since the epoch.
 */
export function createDateText(now: () => number): () => string {
  let textSecond = NaN;
  let text = '';
  return () => {
    const second = Math.floor(now() / 1000);
    if (second !== textSecond) {
      textSecond = second;
      text = new Date(second * 1000).toUTCString();
    }
    return text;
  };
}
