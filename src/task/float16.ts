const scratch = new DataView(new ArrayBuffer(8));
const smallestNormal = 2 ** -14;
/** Halfway between the largest half, 65504, and the next one if there were one: a tie, to even. */
const overflow = 65520;

/**
 * Rounds a number to the nearest half (IEEE 754 binary16), ties to even.
 *
 * It rounds once, from float64. By way of float32 it would round twice, and some numbers near a tie
 * would come out one bit off.
 *
 * @returns the 16 bits: sign, 5 of exponent (bias 15), 10 of fraction. From 65520 on infinity; NaN
 *          is 0x7e00.
 */
export function float16BitsOf(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size >= overflow) return sign | 0x7c00;
  // A subnormal is a whole number of 2^-24; what is rounded up to 1024 is the smallest normal.
  if (size < smallestNormal) return sign | roundTiesToEven(size * 2 ** 24);
  const exponent = exponentOf(size);
  // The fraction of 1024 to 2047 without its leading one; rounded up to 2048 it carries over.
  return sign | (((exponent + 14) << 10) + roundTiesToEven(size * 2 ** (10 - exponent)));
}

/** @returns the number that the 16 bits of a half stand for, exactly. */
export function numberOfFloat16(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** @returns e with 2^e <= size < 2^(e+1), for normal float64. */
function exponentOf(size: number): number {
  scratch.setFloat64(0, size);
  return (scratch.getUint16(0) >> 4) - 1023;
}

function roundTiesToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}
