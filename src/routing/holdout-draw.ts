/**
 * Reads a uniform number from hash bytes: the top 53 bits, as many as a float64 holds, so that
 * every value is equally likely and 1 is never reached.
 *
 * @param bytes  8 bytes, big-endian, of a keyed hash.
 * @returns      in [0, 1), a multiple of 2^-53.
 * @throws {RangeError} if there are not exactly 8 bytes.
 */
export function uniformFromHash(bytes: Uint8Array): number {
  if (bytes.length !== 8) throw new RangeError(`needs 8 bytes, got ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const top21Bits = view.getUint32(4) >>> 11;
  return (view.getUint32(0) * 2 ** 21 + top21Bits) / 2 ** 53;
}
