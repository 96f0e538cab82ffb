import { InvalidConfigError } from '../errors.js';

/** Columns of a labelled file; null: found by their usual names. */
export interface LabelledColumns {
  readonly inputColumn: string | null;
  readonly labelColumn: string | null;
}

/** The first three win over all others, in this order; of the others there must be one alone. */
const usual = {
  input: {
    first: ['text', 'input', 'image'],
    others: [
      ...['sentence', 'utterance', 'query', 'question', 'content', 'review', 'message', 'tweet'],
      ...['comment', 'body', 'document', 'prompt'],
    ],
  },
  label: {
    first: ['label'],
    others: [
      ...['category', 'intent', 'class', 'target', 'sentiment', 'topic', 'labels'],
      'teacherLabel', // Of exports.
    ],
  },
} as const;

/**
 * Finds the columns of a file: as they are named, or by their usual names, in small letters or not.
 *
 * @param there  names of the file's columns.
 * @throws {InvalidConfigError} naming the columns that are there, and how to name one of them.
 */
export function findColumns(
  path: string,
  there: readonly string[],
  { inputColumn, labelColumn }: LabelledColumns,
): { readonly input: string; readonly label: string } {
  return {
    input: columnOf(path, there, { what: 'input', named: inputColumn }),
    label: columnOf(path, there, { what: 'label', named: labelColumn }),
  };
}

function columnOf(
  path: string,
  there: readonly string[],
  { what, named }: { readonly what: 'input' | 'label'; readonly named: string | null },
): string {
  const { first, others } = usual[what];
  const found =
    named === null
      ? [...first.map((name) => spelt(there, [name])), spelt(there, others)]
      : [spelt(there, [named])];
  const candidates = found.find((names) => names.length > 0) ?? [];
  if (candidates.length === 1) return candidates[0]!;
  const advice =
    `name the one of the ${what}: inputColumn or labelColumn in a task file, --${what}-column in ` +
    'a command.';
  const problem =
    candidates.length > 1
      ? `several columns that may be the ${what}: ${candidates.join(', ')}.`
      : `${named === null ? `no column for the ${what}` : `no column "${named}"`}.`;
  throw new InvalidConfigError(`${path} has ${problem} Columns: ${there.join(', ')}; ${advice}`, {
    columns: there.join(', '),
  });
}

/** Those of the columns that have one of the names; of one name the exact spelling goes before. */
function spelt(there: readonly string[], names: readonly string[]): readonly string[] {
  if (names.length === 1 && there.includes(names[0]!)) return names;
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  return there.filter((column) => wanted.has(column.trim().toLowerCase()));
}
