import { InvalidConfigError } from '../errors.js';
import { elementColumns, elementColumnsWords, hasElements } from './element-columns.js';
import type { InputSpec } from './task.js';

/** Columns of a labelled file; null: found by their usual names. */
export interface LabelledColumns {
  /** Several, also with commas between: the elements of a tensor, one a column. */
  readonly inputColumn: string | readonly string[] | null;
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

export interface FoundColumns {
  /** A list: each has an element of the input. */
  readonly input: string | readonly string[];
  readonly label: string;
}

/**
 * Finds the columns of a file: as they are named, or by their usual names, in small letters or not.
 * A tensor or an image that has no column of its own is made of all columns but the label's, if as
 * many numbers are wanted.
 *
 * @param there  names of the file's columns.
 * @param input  what an input is.
 * @throws {InvalidConfigError} naming the columns that are there, and how to name one of them.
 */
export function findColumns(
  path: string,
  there: readonly string[],
  { inputColumn, labelColumn, input }: LabelledColumns & { readonly input: InputSpec },
): FoundColumns {
  const named = typeof inputColumn === 'string' ? inputColumn : null;
  const findInput = (): string => columnOf(path, there, { what: 'input', named, input });
  const findLabel = (): string => findLabelColumn(path, there, labelColumn);
  if (inputColumn !== null)
    return { input: listed(path, there, inputColumn) ?? findInput(), label: findLabel() };
  if (!hasElements(input)) return { input: findInput(), label: findLabel() };
  const isUsual = mayBeInput(there);
  const label = findLabel();
  const rest = there.filter((column) => column !== label);
  const elements = elementColumns(rest, input);
  // One column of a usual name holds the whole input, in whatever form.
  const isTable = elements !== null && (elements.length > 1 || !isUsual);
  return { input: isTable ? elements : findInput(), label };
}

/** @throws {InvalidConfigError} as `findColumns`. */
export const findLabelColumn = (
  path: string,
  there: readonly string[],
  named: string | null,
): string => columnOf(path, there, { what: 'label', named });

/** Columns that are named together; null where it is one. */
function listed(
  path: string,
  there: readonly string[],
  named: string | readonly string[],
): readonly string[] | null {
  if (typeof named === 'string' && (spelt(there, [named]).length > 0 || !named.includes(',')))
    return null;
  const names = typeof named === 'string' ? named.split(',').map((name) => name.trim()) : named;
  return names.map((name) => columnOf(path, there, { what: 'input', named: name }));
}

/** @returns whether a column has one of the usual names of inputs. */
export const mayBeInput = (there: readonly string[]): boolean =>
  spelt(there, [...usual.input.first, ...usual.input.others]).length > 0;

function columnOf(
  path: string,
  there: readonly string[],
  {
    what,
    named,
    input,
  }: {
    readonly what: 'input' | 'label';
    readonly named: string | null;
    readonly input?: InputSpec;
  },
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
    `a command.${elementsAdvice(input)}`;
  const problem =
    candidates.length > 1
      ? `several columns that may be the ${what}: ${candidates.join(', ')}.`
      : `${named === null ? `no column for the ${what}` : `no column "${named}"`}.`;
  const header = /\.[ct]sv$/i.test(path) ? ` ${headerAdvice}` : '';
  throw new InvalidConfigError(
    `${path} has ${problem} Columns: ${there.join(', ')}; ${advice}${header}`,
    { columns: there.join(', ') },
  );
}

const headerAdvice =
  'Its first line is taken for their names: if that is a row, write a line such as text,label ' +
  'above it.';

const elementsAdvice = (input: InputSpec | undefined): string =>
  input !== undefined && hasElements(input)
    ? ` Or, with commas between, those of its elements: ${elementColumnsWords(input)}.`
    : '';

/** Those of the columns that have one of the names; of one name the exact spelling goes before. */
function spelt(there: readonly string[], names: readonly string[]): readonly string[] {
  if (names.length === 1 && there.includes(names[0]!)) return names;
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  return there.filter((column) => wanted.has(column.trim().toLowerCase()));
}
