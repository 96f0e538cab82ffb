import { kindWords } from './kind-words.js';
import { textOfBytes } from './text-of-bytes.js';

/** As labels of a task: characters, and the one that none can be. */
const labelCharsMax = 200;
const noLabel = '__proto__';

/** The labels of a task by what a file writes for them. */
export const knownLabelsOf = (labels: readonly string[]): ReadonlyMap<string, string> =>
  new Map(labels.map((label) => [label.trim(), label]));

/**
 * Reads the label in a cell of a file: a text, its UTF-8, a number or a truth value.
 *
 * @param known  as `knownLabelsOf` has them; null: any.
 * @returns the label that is meant, or what is wrong with it.
 */
export function labelOfCell(
  value: unknown,
  known: ReadonlyMap<string, string> | null,
): string | { readonly problem: string } {
  const read = value instanceof Uint8Array ? textOfBytes(value) : value;
  const isNamed = ['string', 'number', 'bigint', 'boolean'].includes(typeof read);
  const label = isNamed && !Number.isNaN(read) ? String(read).trim() : '';
  if (label === '') return { problem: `must be a label, got ${kindWords(read)}.` };
  if (label.length > labelCharsMax)
    return { problem: `has ${label.length} characters, a label has at most ${labelCharsMax}.` };
  if (label === noLabel) return { problem: `can not be ${noLabel}.` };
  if (known === null) return label;
  return known.get(label) ?? { problem: `"${label}" is none of the task's labels.` };
}
