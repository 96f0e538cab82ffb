import { encodeText } from '../task/text-codec.js';
import type { Input, TextInput } from '../task/task.js';
import { invalidField } from '../task/invalid-field.js';
import { showValue } from '../task/show-value.js';

/**
 * Reads one text of a request body. An empty one is refused: nothing can be predicted from it. NUL
 * is, because what tells where a text ends is not the same in every runtime and file.
 *
 * @param field  where it stands in the body, for messages.
 * @returns      UTF-8 of 1 to `charsMax` UTF-16 units; half a surrogate pair becomes U+FFFD.
 * @throws {InvalidInputError} saying what was expected and what was got.
 */
export function parseText(value: unknown, { charsMax }: TextInput, field: string): Input {
  const expected = `a text of 1 to ${charsMax} characters`;
  if (typeof value !== 'string') throw invalidField({ field, expected, got: showValue(value) });
  if (value.length === 0) throw invalidField({ field, expected, got: 'an empty text' });
  if (value.length > charsMax)
    throw invalidField({ field, expected, got: `${value.length} characters` });
  const nul = value.indexOf('\0');
  if (nul >= 0)
    throw invalidField({
      field,
      expected: 'a text without NUL characters',
      got: `one at ${nul}`,
    });
  return encodeText(value);
}
