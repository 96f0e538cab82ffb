import type { Input } from './task.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true }); // A mark at the start is kept.

/** @returns UTF-8. Half a surrogate pair, which UTF-8 can not hold, becomes U+FFFD. */
export const encodeText = (text: string): Input => encoder.encode(text);

export const decodeText = (input: Input): string => decoder.decode(input);
