export interface ParsedResponse {
  readonly status: number;
  readonly body: Buffer;
  /** The server closes the connection after this answer. */
  readonly isLast: boolean;
}

/** The answer is of a kind that this client does not read. */
export class UnreadableResponseError extends Error {
  override readonly name = 'UnreadableResponseError';
}

export interface ResponseParser {
  /** @throws {UnreadableResponseError} naming what it can not read. */
  push(chunk: Buffer): void;
  /** True between the first and the last byte of an answer. */
  readonly isInside: boolean;
}

const headBytesMax = 65_536;
const headEnd = Buffer.from('\r\n\r\n');

/**
 * Reads HTTP/1.1 answers off a byte stream, however it is cut into chunks. Deliberately small: the
 * length must be told by `content-length`, as every server here does; chunked answers and those
 * that end with the connection are refused, not guessed at. Interim answers (1xx) are skipped.
 *
 * @see RFC 9112, "HTTP/1.1", section 6.3
 */
export function createResponseParser(
  onResponse: (response: ParsedResponse) => void,
): ResponseParser {
  let pending: Buffer | null = null;
  let head: Head | null = null;

  return {
    push(chunk) {
      let rest = pending === null ? chunk : Buffer.concat([pending, chunk]);
      pending = null;
      for (;;) {
        if (head === null) {
          const end = rest.indexOf(headEnd);
          if (end === -1) break;
          head = parseHead(rest.toString('latin1', 0, end));
          rest = rest.subarray(end + headEnd.length);
        }
        if (rest.length < head.bodyBytes) break;
        const { status, isLast, bodyBytes } = head;
        const body = rest.subarray(0, bodyBytes);
        rest = rest.subarray(bodyBytes);
        head = null;
        if (status >= 200) onResponse({ status, body, isLast });
        if (rest.length === 0) return;
      }
      if (head === null && rest.length > headBytesMax)
        throw new UnreadableResponseError(`no end of its head in ${headBytesMax} bytes`);
      if (rest.length > 0) pending = rest;
    },
    get isInside() {
      return head !== null || pending !== null;
    },
  };
}

interface Head {
  readonly status: number;
  readonly bodyBytes: number;
  readonly isLast: boolean;
}

function parseHead(text: string): Head {
  const status = /^HTTP\/1\.1 (\d{3})(?: |\r|$)/.exec(text)?.[1];
  if (status === undefined)
    throw new UnreadableResponseError(`not HTTP/1.1: ${JSON.stringify(text.slice(0, 40))}`);
  if (/\r\ntransfer-encoding:/i.test(text))
    throw new UnreadableResponseError('transfer-encoding: only content-length is read');
  const isLast = /\r\nconnection:[ \t]*close[ \t]*(?:\r|$)/i.test(text);
  return { status: Number(status), bodyBytes: bodyBytesOf(text, Number(status)), isLast };
}

function bodyBytesOf(text: string, status: number): number {
  if (status < 200 || status === 204 || status === 304) return 0;
  const length = /\r\ncontent-length:[ \t]*(\d+)[ \t]*(?:\r|$)/i.exec(text)?.[1];
  if (length === undefined) throw new UnreadableResponseError('no content-length');
  return Number(length);
}
