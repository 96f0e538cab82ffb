const charsMax = 40;

/**
 * Names a value of a request body for a message. Short whatever was sent: it never walks into lists
 * and objects, which may be nested deeper than `JSON.stringify` can follow.
 */
export function showValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(shorten(value));
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value); // A number too large for float64 (1e999) reads as Infinity.
}

/** @returns the start of a text that a caller made up, so that messages stay short. */
export const shorten = (text: string): string =>
  text.length > charsMax ? `${text.slice(0, charsMax)}...` : text;

/** `1 row`, `2 rows`. */
export const countOf = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? '' : 's'}`;
