import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

/** Hashing so many bytes takes 1 to 3 ms: in between the event loop has its turn. */
const pieceBytes = 1_048_576;

/**
 * Hashes a file of any size in the memory of one piece of it.
 *
 * @returns  its SHA-256, hexadecimal.
 * @throws {Error} of the file system.
 */
export async function hashFile(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const hash = createHash('sha256');
    const piece = new Uint8Array(pieceBytes);
    for (;;) {
      const { bytesRead } = await file.read(piece, 0, pieceBytes);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(piece.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}
