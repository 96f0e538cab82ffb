import { bytesOf, float32sOf } from '../../src/files/bytes-of.js';
import type { Input } from '../../src/task/task.js';

/** An image of float32 pixels, in their own memory. Models take it like its canonical bytes. */
export const imageInput = (pixels: Float32Array): Input => bytesOf(pixels);

/** An image of these pixels. */
export const pixelInput = (...pixels: number[]): Input => bytesOf(Float32Array.from(pixels));

/** The pixels of an image that was made here; `decodeImage` reads one from the gateway. */
export const floatsOf = (input: Input): Float32Array => float32sOf(input);
