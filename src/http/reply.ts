import { STATUS_CODES } from 'node:http';

/** An answer, before it is put on a connection. */
export interface Reply {
  readonly status: number;
  /** Without those that every answer has: its length, the date, and what becomes of the connection. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

export const answerType = 'application/json; charset=utf-8';

/** A whole answer as `node:http` would send it. */
export function wireText(
  { status, headers, text }: Reply,
  /** Null: the connection is closed after it. */
  keepAliveSeconds: number | null,
): string {
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`;
  for (const name in headers) head += `${name}: ${headers[name]!}\r\n`;
  const connection =
    keepAliveSeconds === null
      ? 'Connection: close'
      : `Connection: keep-alive\r\nKeep-Alive: timeout=${keepAliveSeconds}`;
  return (
    `${head}content-length: ${Buffer.byteLength(text)}\r\nDate: ${dateNow()}\r\n` +
    `${connection}\r\n\r\n${text}`
  );
}

let dateSecond = 0;
let date = '';

/** To write a date takes longer than all the rest of a head, and it changes once a second. */
function dateNow(): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    date = new Date(second * 1000).toUTCString();
  }
  return date;
}
