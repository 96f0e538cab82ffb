/** The memory of an array of numbers, not copied. */
export const bytesOf = (numbers: Float32Array | Float64Array): Uint8Array =>
  new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);

/** The float32 values that lie in bytes: a view where alignment allows, else a copy. */
export function float32sOf(bytes: Uint8Array): Float32Array {
  const { buffer, byteOffset, byteLength } = aligned(bytes, Float32Array.BYTES_PER_ELEMENT);
  return new Float32Array(buffer, byteOffset, byteLength / Float32Array.BYTES_PER_ELEMENT);
}

/** The same bytes, at an address where an item of so many bytes may lie. */
export const aligned = (bytes: Uint8Array, itemBytes: number): Uint8Array =>
  bytes.byteOffset % itemBytes === 0 ? bytes : new Uint8Array(bytes);
