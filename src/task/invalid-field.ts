import { InvalidInputError } from '../errors.js';

/** What is wrong with one field of a request, in words for its caller. */
interface Misfit {
  readonly field: string;
  readonly expected: string;
  readonly got: string;
}

/** @param hint  what to change, where that does not follow from what was expected. */
export function invalidField({ field, expected, got }: Misfit, hint = ''): InvalidInputError {
  const message = `${field} must be ${expected}, got ${got}.${hint}`;
  return new InvalidInputError(message, { field, expected, got });
}
