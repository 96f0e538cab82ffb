import { TeacherFailedError } from '../../errors.js';
import { failureOfStatus } from './failure-of-status.js';
import { readBounded } from './read-bounded.js';
import { unreachable } from './unreachable.js';

/** Bytes of an answer at most: 64 rows of 10 000 probabilities take two thirds of it. */
const answerBytesMax = 16_777_216;

export interface HttpClientOptions {
  /** Of the teacher, for messages. */
  readonly name: string;
  /** Sent with every request; they may hold the key. */
  readonly headers: Readonly<Record<string, string>>;
  /** Never shown in a message, whatever a server sends back; null: there is none. */
  readonly secret: string | null;
  /** ms since the epoch. */
  readonly now: () => number;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: string;
  /** JSON; null: none. */
  readonly body: string | null;
}

/** Asks a server over HTTP and reads its answer as JSON, which is still untrusted. */
export type AskServer = (request: HttpRequest, signal: AbortSignal) => Promise<unknown>;

/**
 * Creates a client of a teacher's server. Connections are kept for the next request. Redirects are
 * not followed: a key must not go where nobody has sent it.
 *
 * The result throws {TeacherFailedError} when the server can not be reached, breaks off, refuses or
 * sends no JSON, {OverloadedError} when it says that it has too many requests, and whatever the
 * signal makes `fetch` throw.
 */
export function createHttpClient(options: HttpClientOptions): AskServer {
  const { name, headers, secret, now } = options;
  return async function ask({ method, url, body }, signal) {
    const text = body === null ? {} : { body };
    const type = body === null ? {} : { 'content-type': 'application/json' };
    const init: RequestInit = {
      ...{ method, signal, redirect: 'manual', ...text },
      headers: { accept: 'application/json', ...type, ...headers },
    };
    let response: Response;
    let answer: string | null;
    try {
      response = await fetch(url, init);
      answer = await readBounded(response, answerBytesMax);
      if (secret !== null) answer = answer?.replaceAll(secret, '***') ?? null;
    } catch (error) {
      throw signal.aborted ? error : unreachable(name, error);
    }
    if (!response.ok) throw failureOfStatus({ name, now }, response, answer ?? '');
    if (answer === null) {
      const message =
        `Teacher ${name} sent more than ${answerBytesMax} bytes. Ask it about fewer rows at ` +
        'once, or for less.';
      throw new TeacherFailedError(message, { bytesMax: answerBytesMax }, { isRetryable: false });
    }
    return parseAnswer(name, answer);
  };
}

function parseAnswer(name: string, answer: string): unknown {
  try {
    return JSON.parse(answer) as unknown;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.slice(0, 120) : String(cause);
    throw new TeacherFailedError(
      `Teacher ${name} sent ${answer.length} characters that are no JSON (${why}). Check its ` +
        'URL; NaN and infinities are no JSON either.',
      { status: 200 },
      { cause },
    );
  }
}
