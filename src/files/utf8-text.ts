import { createReadStream } from 'node:fs';
import { InvalidConfigError } from '../errors.js';

/**
 * Reads a file of text in pieces, whole characters each; without a byte order mark at its start.
 *
 * @throws {InvalidConfigError} when it is not UTF-8: another encoding would be learnt from garbled.
 */
export async function* utf8Text(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let bytesRead = 0;
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      bytesRead += chunk.byteLength;
      yield decoder.decode(chunk, { stream: true });
    }
    yield decoder.decode();
  } catch (cause) {
    if (!isOfEncoding(cause)) throw cause;
    throw new InvalidConfigError(
      `${path} is not text in UTF-8, within its first ${bytesRead} bytes. Convert it to UTF-8.`,
      { bytesRead },
      { cause },
    );
  }
}

const isOfEncoding = (cause: unknown): boolean =>
  cause instanceof TypeError &&
  'code' in cause &&
  cause.code === 'ERR_ENCODING_INVALID_ENCODED_DATA';
