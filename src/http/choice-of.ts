import { showValue } from '../task/show-value.js';
import { invalidField } from '../task/invalid-field.js';

const choicesShown = 20;

/**
 * Reads one of a few texts from the query of a request.
 *
 * @returns null where it is not given.
 * @throws  {InvalidInputError} for another text.
 */
export function choiceOf<T extends string>(
  value: unknown,
  field: string,
  choices: readonly T[],
): T | null {
  if (value === undefined) return null;
  const known = choices.find((choice) => choice === value);
  if (known !== undefined) return known;
  const shown = choices.slice(0, choicesShown).join(', ');
  const rest = choices.length > choicesShown ? `, ... (${choices.length})` : '';
  throw invalidField({ field, expected: `one of ${shown}${rest}`, got: showValue(value) });
}
