/** Hex digits of 64 bits. */
const digits = 16;

/**
 * Reads a uniform number from a hash: the top 53 of 64 bits, as many as a float64 holds, so that
 * every value is equally likely and 1 is never reached.
 *
 * @param hex    a keyed hash in hexadecimal.
 * @param start  of the 16 digits to read.
 * @returns      in [0, 1), a multiple of 2^-53.
 * @throws {RangeError} if there are not 16 hex digits.
 */
export function uniformFromHash(hex: string, start = 0): number {
  const high = Number.parseInt(hex.slice(start, start + digits / 2), 16);
  const low = Number.parseInt(hex.slice(start + digits / 2, start + digits), 16);
  if (hex.length < start + digits || Number.isNaN(high + low))
    throw new RangeError(`needs 16 hex digits from ${start} on, got "${hex.slice(start)}"`);
  return (high * 2 ** 21 + (low >>> 11)) / 2 ** 53;
}
