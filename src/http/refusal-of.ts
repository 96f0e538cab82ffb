import { maxHeaderSize } from 'node:http';
import {
  BodyTooLargeError,
  HeadersTooLargeError,
  InvalidInputError,
  RequestTimeoutError,
  type GatewayError,
} from '../errors.js';

interface Advice {
  readonly field: string;
  readonly expected: string;
}

const framing = 'one content-length (a whole number of bytes), or chunks, not both';
const headers = 'headers as "name: value" without control characters, each line ended by CRLF';

/** What to change, by the code of node's parser (llhttp); the codes not listed are rare. */
const adviceOf: Readonly<Record<string, Advice>> = {
  HPE_INVALID_METHOD: { field: '(method)', expected: 'GET, HEAD, POST or PATCH, over plain HTTP' },
  HPE_INVALID_URL: { field: '(path)', expected: 'a path without spaces and control characters' },
  HPE_INVALID_VERSION: { field: '(version)', expected: 'HTTP/1.1' },
  HPE_INVALID_CONSTANT: { field: '(version)', expected: 'HTTP/1.1' },
  HPE_INVALID_HEADER_TOKEN: { field: '(headers)', expected: headers },
  HPE_CR_EXPECTED: { field: '(headers)', expected: headers },
  HPE_LF_EXPECTED: { field: '(headers)', expected: headers },
  HPE_INVALID_CONTENT_LENGTH: { field: 'content-length', expected: framing },
  HPE_UNEXPECTED_CONTENT_LENGTH: { field: 'content-length', expected: framing },
  HPE_INVALID_TRANSFER_ENCODING: { field: 'transfer-encoding', expected: framing },
  HPE_INVALID_CHUNK_SIZE: { field: '(body)', expected: 'chunks, each after its size in hex' },
  HPE_INVALID_EOF_STATE: { field: '(request)', expected: 'a whole request' },
};
const otherwise: Advice = { field: '(request)', expected: 'a request as HTTP/1.1 has it' };

/** @returns the failure that stands for what node's parser could not read. */
export function refusalOf(cause: NodeJS.ErrnoException & { reason?: string }): GatewayError {
  const { code = '' } = cause;
  if (code === 'HPE_HEADER_OVERFLOW')
    return new HeadersTooLargeError(
      `Path and headers have over ${maxHeaderSize} bytes. Send a shorter path, fewer headers.`,
      { field: '(headers)', expected: `at most ${maxHeaderSize} bytes`, got: 'more' },
      { cause },
    );
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW')
    return new BodyTooLargeError('The chunks have long extensions. Leave them out.', {}, { cause });
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new RequestTimeoutError(
      'The request did not arrive in time. Send it without pauses.',
      {},
      { cause },
    );
  const { field, expected } = adviceOf[code] ?? otherwise;
  const got = cause.reason ?? cause.message;
  return new InvalidInputError(
    `The request can not be read as HTTP: ${got}. Expected ${expected}.`,
    { field, expected, got },
    { cause },
  );
}
