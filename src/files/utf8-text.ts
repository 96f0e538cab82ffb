import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { InvalidConfigError } from '../errors.js';

/**
 * Reads a file of text in pieces, whole characters each; without a byte order mark at its start.
 *
 * @param onShare  told of the share of it that has been read, in [0, 1]; never of what has no known
 *                 size, such as a pipe.
 * @throws {InvalidConfigError} when it is not UTF-8: another encoding would be learnt from garbled.
 */
export async function* utf8Text(
  path: string,
  onShare?: (share: number) => void,
): AsyncGenerator<string> {
  const about = onShare === undefined ? null : await stat(path);
  const size = about?.isFile() === true ? about.size : 0;
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let bytesRead = 0;
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      bytesRead += chunk.byteLength;
      if (size > 0) onShare?.(Math.min(1, bytesRead / size)); // It may grow meanwhile.
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
