/**
 * Hashes whole numbers to one key of 52 bits.
 *
 * @param band  tells keys of different bands apart.
 */
export function keyOf(values: ArrayLike<number>, band: number): number {
  let [high, low] = [0x9e3779b9 ^ band, 0x85ebca6b + band];
  for (let k = 0; k < values.length; k++) {
    high = Math.imul(high ^ values[k]!, 0x01000193);
    high ^= high >>> 15;
    low = Math.imul(low + values[k]!, 0xc2b2ae35 | 0);
    low ^= low >>> 13;
  }
  return (high >>> 0) * 0x10_0000 + (low >>> 12);
}
