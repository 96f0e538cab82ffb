import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

export interface SharedFile {
  /** In memory that threads share: a message hands it over without a copy. */
  readonly bytes: Uint8Array;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** Hashing so many bytes takes 1 to 3 ms: in between the event loop has its turn. */
const chunkBytes = 1_048_576;

/**
 * Reads a whole file into shared memory, and hashes it. A model of a hundred megabytes, hashed in
 * one go and copied to a thread, would hold the event loop up for a quarter of a second.
 *
 * @throws {Error} of the file system, or when the file becomes shorter meanwhile.
 */
export async function readShared(path: string): Promise<SharedFile> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const bytes = new Uint8Array(new SharedArrayBuffer(size));
    const hash = createHash('sha256');
    for (let at = 0; at < size;) {
      const { bytesRead } = await file.read(bytes, at, Math.min(chunkBytes, size - at), at);
      if (bytesRead === 0) throw new Error(`${path} became shorter while it was read.`);
      hash.update(bytes.subarray(at, at + bytesRead));
      at += bytesRead;
    }
    return { bytes, sha256: hash.digest('hex') };
  } finally {
    await file.close();
  }
}
