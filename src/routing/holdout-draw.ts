/**
 * Reads a uniform number from a hash: the top 53 of 64 bits, as many as a float64 holds, so that
 * every value is equally likely and 1 is never reached.
 *
 * @param hash   a keyed hash, one character a byte ("latin1"): reading hexadecimal takes longer.
 * @param start  of the 8 bytes to read, the highest first.
 * @returns      in [0, 1), a multiple of 2^-53.
 * @throws {RangeError} if there are not 8 bytes.
 */
export function uniformFromHash(hash: string, start = 0): number {
  const high = word(hash, start);
  const low = word(hash, start + 4);
  if (Number.isNaN(high + low))
    throw new RangeError(`needs 8 bytes from ${start} on, got ${Math.max(0, hash.length - start)}`);
  return (high * 2 ** 21 + (low >>> 11)) / 2 ** 53;
}

/** 32 bits; NaN when one of the bytes is not there. */
const word = (hash: string, start: number): number =>
  hash.charCodeAt(start) * 0x1_00_00_00 +
  hash.charCodeAt(start + 1) * 0x1_00_00 +
  hash.charCodeAt(start + 2) * 0x1_00 +
  hash.charCodeAt(start + 3);
