import type { Credentials } from './access.js';
import { isJson } from './read-json.js';

/** What the head of a plain prediction says. */
export interface PredictHead extends Credentials {
  readonly task: string;
  readonly bodyBytes: number;
  /** The header `x-client-id`; null: not sent. */
  readonly clientId: string | null;
}

const requestLine = /^POST \/v1\/tasks\/([\w.-]+)\/predict HTTP\/1\.1$/;
const headerLine = /^([\w!#$%&'*+.^`|~-]+): ([!-~](?:[ -~]*[!-~])?)$/;
/** Each of these changes how a request is framed, sent or read. */
const notPlain: ReadonlySet<string> = new Set([
  ...['transfer-encoding', 'content-encoding', 'trailer', 'te'],
  ...['expect', 'upgrade', 'proxy-connection'],
]);
/** Of these a second one would need a rule. */
const readNames: ReadonlySet<string> = new Set([
  ...['host', 'connection', 'content-type', 'content-length', 'x-client-id'],
  ...['authorization', 'x-api-key'],
]);

/**
 * Reads the head of a plain prediction: HTTP/1.1, JSON of a known length, and nothing that asks for
 * more. Everything else, whether odd, wrong or rare, is for the parser of `node:http`.
 *
 * @param head  without the empty line at its end, one character a byte ("latin1").
 * @returns     null for any other head.
 * @see RFC 9112, "HTTP/1.1", sections 3, 5 and 6: what is accepted here means the same there.
 */
export function readPredictHead(head: string): PredictHead | null {
  const [first, ...lines] = head.split('\r\n');
  const task = requestLine.exec(first!)?.[1];
  if (task === undefined) return null;
  const known = new Map<string, string>();
  for (const line of lines) {
    const match = headerLine.exec(line);
    if (match === null) return null;
    const name = match[1]!.toLowerCase();
    if (notPlain.has(name) || known.has(name)) return null;
    if (readNames.has(name)) known.set(name, match[2]!);
  }
  const connection = known.get('connection') ?? 'keep-alive';
  const length = known.get('content-length') ?? '';
  const isPlain =
    known.has('host') &&
    connection.toLowerCase() === 'keep-alive' &&
    isJson(known.get('content-type')) &&
    /^[1-9]\d{0,6}$/.test(length);
  if (!isPlain) return null;
  return {
    task,
    bodyBytes: Number(length),
    clientId: known.get('x-client-id') ?? null,
    authorization: known.get('authorization') ?? null,
    apiKey: known.get('x-api-key') ?? null,
  };
}

/** Many clients send the same few heads over and over; one with an id in it is read each time. */
const headsMax = 512;
const headCharsMax = 1_024;

/** Remembers short heads that it has read, and forgets the oldest. */
export function createHeadReader(): (head: string) => PredictHead | null {
  const heads = new Map<string, PredictHead>();
  return (text) => {
    const known = heads.get(text);
    if (known !== undefined) return known;
    const head = readPredictHead(text);
    if (head === null || text.length > headCharsMax) return head;
    if (heads.size >= headsMax) heads.delete(heads.keys().next().value!);
    heads.set(text, head);
    return head;
  };
}
