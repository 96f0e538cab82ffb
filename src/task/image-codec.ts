import { float32sOf } from '../files/bytes-of.js';
import { imageSizeOf, type ImageInput, type Input } from './task.js';

/** 8-bit values as the floats that they stand for: a look-up costs half of a division. */
export const valueOfByte = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);

/**
 * Writes an image as its canonical bytes: 8 bits a value where every value is one of k / 255, and
 * float32, little-endian, otherwise. Most images are of 8 bits, whatever they are sent as: they
 * take a quarter of the room in memory and in the log, and of the time to hash.
 *
 * @param pixels  [height, width, channels] in [0, 1]. Not modified; the result may be a view of it.
 */
export function encodeImage(pixels: Float32Array): Input {
  const bytes = new Uint8Array(pixels.length);
  for (let k = 0; k < pixels.length; k++) {
    const byte = Math.round(pixels[k]! * 255);
    if (valueOfByte[byte] !== pixels[k])
      return new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);
    bytes[k] = byte;
  }
  return bytes;
}

/** The image is held as 8-bit values. */
export const isEightBit = (input: Input, spec: ImageInput): boolean =>
  input.byteLength === imageSizeOf(spec);

/**
 * Reads what `encodeImage` wrote.
 *
 * @returns  [height, width, channels] float32 in [0, 1]; may be a view of the input.
 * @throws {RangeError} when the bytes are not those of such an image.
 */
export function decodeImage(input: Input, spec: ImageInput): Float32Array {
  if (isEightBit(input, spec)) return Float32Array.from(input, (byte) => valueOfByte[byte]!);
  const size = imageSizeOf(spec);
  if (input.byteLength !== size * Float32Array.BYTES_PER_ELEMENT)
    throw new RangeError(`An image of ${size} numbers can not have ${input.byteLength} bytes.`);
  return float32sOf(input);
}
