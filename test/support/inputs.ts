import { bytesOf, float32sOf } from '../../src/files/bytes-of.js';
import type { Input } from '../../src/task/task.js';

/** An image as the gateway keeps it: the memory of its pixels, not copied. */
export const imageInput = (pixels: Float32Array): Input => bytesOf(pixels);

/** An image of these pixels. */
export const pixelInput = (...pixels: number[]): Input => bytesOf(Float32Array.from(pixels));

/** The pixels of an image. */
export const floatsOf = (input: Input): Float32Array => float32sOf(input);
