import { STATUS_CODES, type ServerResponse } from 'node:http';

/** An answer, before it is put on a connection. */
export interface Reply {
  readonly status: number;
  /** Without those that every answer has: length, date, what becomes of the connection. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Writes the head by `node:http`; the text is still to come. */
export function writeReplyHead(response: ServerResponse, { status, headers, text }: Reply): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(text) });
}

/** Answers by `node:http`. A text leaves in one write with its head; as bytes they would be two. */
export function sendReply(response: ServerResponse, reply: Reply): void {
  writeReplyHead(response, reply);
  response.end(reply.text);
}

/** What `wireText` says of the connection and the day. */
export interface WireOptions {
  /** The connection is closed after it. */
  readonly isLast: boolean;
  /** How long it is kept otherwise; null: that is not said. */
  readonly keepAliveSeconds: number | null;
  /** Null: none. */
  readonly date: string | null;
}

/** A whole answer as `node:http` would send it. */
export function wireText(
  { status, headers, text }: Reply,
  { isLast, keepAliveSeconds, date }: WireOptions,
): string {
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`;
  for (const name in headers) head += `${name}: ${headers[name]!}\r\n`;
  head += `content-length: ${Buffer.byteLength(text)}\r\n`;
  if (date !== null) head += `Date: ${date}\r\n`;
  head += isLast ? 'Connection: close\r\n' : 'Connection: keep-alive\r\n';
  if (!isLast && keepAliveSeconds !== null) head += `Keep-Alive: timeout=${keepAliveSeconds}\r\n`;
  return `${head}\r\n${text}`;
}
