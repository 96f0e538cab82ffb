import { invalidField } from '../task/invalid-field.js';

/**
 * Reads a whole number from the query of a request.
 *
 * @throws {InvalidInputError} for anything else than a number of that range.
 */
export function numberOf(
  text: unknown,
  field: string,
  { min, max, or }: { min: number; max: number; or: number },
): number {
  if (text === undefined) return or;
  const number = typeof text === 'string' && text !== '' ? Number(text) : NaN;
  if (Number.isInteger(number) && number >= min && number <= max) return number;
  const expected = `a whole number from ${min} to ${max}`;
  const got = JSON.stringify(text).slice(0, 40);
  throw invalidField({ field, expected, got });
}
