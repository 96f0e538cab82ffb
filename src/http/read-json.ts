import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import {
  BodyTooLargeError,
  CancelledError,
  InvalidInputError,
  UnsupportedMediaTypeError,
} from '../errors.js';
import { sendContinue } from './expect-continue.js';

/** Bodies of everything but predictions are short. */
export const bodyBytesMax = 65_536;

/** Any JSON object. */
export const isObject = (body: unknown): body is Readonly<Record<string, unknown>> =>
  typeof body === 'object' && body !== null && !Array.isArray(body);

/**
 * Reads a request body as JSON.
 *
 * @param bytesMax  largest body. What is over it is not kept: the connection ends with the answer.
 * @throws {UnsupportedMediaTypeError} for a content type other than JSON, or a compressed body.
 * @throws {BodyTooLargeError}, {InvalidInputError} for broken JSON, {CancelledError} when the
 *         caller hangs up in the middle.
 */
export async function readJson(request: IncomingMessage, bytesMax: number): Promise<unknown> {
  requireJson(request);
  return parseJson(await readBody(request, bytesMax));
}

/** As `readJson`, but undefined for an empty body, whatever its content type. */
export async function readOptionalJson(
  request: IncomingMessage,
  bytesMax: number,
): Promise<unknown> {
  const body = await readBody(request, bytesMax);
  if (body.byteLength === 0) return undefined;
  requireJson(request);
  return parseJson(body);
}

function requireJson({ headers }: IncomingMessage): void {
  const type = headers['content-type'];
  if (!isJson(type)) {
    throw new UnsupportedMediaTypeError(
      'Send the body as JSON in UTF-8, with the header content-type: application/json.',
      { field: 'content-type', expected: 'application/json', got: type ?? 'nothing' },
    );
  }
  requireIdentity(headers);
}

/** @throws {UnsupportedMediaTypeError} for a compressed body. */
export function requireIdentity(headers: IncomingMessage['headers']): void {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    throw new UnsupportedMediaTypeError('Send the body uncompressed.', {
      field: 'content-encoding',
      expected: 'identity',
      got: encoding,
    });
  }
}

/** The plain one is what nearly all send; the patterns take longer. */
export const isJson = (type: string | undefined): boolean =>
  type === 'application/json' ||
  (type !== undefined && jsonType.test(type) && !otherCharset.test(type));

const jsonType = /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i;
/** JSON has no such parameter, and is UTF-8; to read UTF-16 as that would garble it. */
const otherCharset = /;\s*charset\s*=(?!\s*"?(?:utf-?8|us-ascii)"?\s*(?:;|$))/i;

export const cutOff = (): CancelledError => new CancelledError('The caller hung up in the middle.');

/**
 * Reads a request body, whatever is in it.
 *
 * @throws {BodyTooLargeError}, {CancelledError} as `readJson` does.
 */
export function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > bytesMax) return Promise.reject(tooLarge(bytesMax, declared));
  return new Promise((resolve, reject) => {
    sendContinue(request);
    const chunks: Buffer[] = [];
    let bytes = 0;
    const onData = (chunk: Buffer): void => {
      bytes += chunk.byteLength;
      chunks.push(chunk);
      if (bytes <= bytesMax) return;
      request.off('data', onData); // What still comes is dropped: see `sendProblem`.
      chunks.length = 0;
      reject(tooLarge(bytesMax, bytes));
    };
    request.on('data', onData);
    request.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    const onGone = (): void => {
      if (!request.complete) reject(cutOff());
    };
    request.on('error', onGone);
    request.on('close', onGone); // Comes after each request.
  });
}

/** @throws {InvalidInputError} for an empty body, another encoding than UTF-8, or broken JSON. */
export function parseJson(body: Buffer): unknown {
  if (body.byteLength === 0) {
    throw new InvalidInputError('The body is empty; send a JSON object.', {
      field: '(body)',
      expected: 'a JSON object',
      got: 'nothing',
    });
  }
  if (!isUtf8(body)) {
    const details = { field: '(body)', expected: 'JSON in UTF-8', got: 'another encoding' };
    throw new InvalidInputError('The body is not UTF-8; encode its text as UTF-8.', details);
  }
  try {
    return JSON.parse(textOf(body)) as unknown;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const details = { field: '(body)', expected: 'valid JSON', got: reason };
    throw new InvalidInputError(`The body is not valid JSON: ${reason}.`, details, { cause });
  }
}

/** A byte order mark is skipped, as RFC 8259, section 8.1, allows. */
function textOf(body: Buffer): string {
  const text = body.toString('utf8');
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

function tooLarge(bytesMax: number, bytes: number): BodyTooLargeError {
  return new BodyTooLargeError(
    `The body has over ${bytesMax} bytes. Send fewer inputs at once, or base64 instead of ` +
      `numbers; the operator can raise requestBytesMax.`,
    { bytesMax, bytes },
  );
}
