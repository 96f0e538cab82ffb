import { numberOfCell } from '../task/element-cells.js';
import type { FoundColumns } from '../task/labelled-columns.js';

const namesMax = 8;

/** For people: names of columns, of many the first ones and the last. */
export const namesWords = (names: readonly string[]): string =>
  names.length <= namesMax
    ? names.join(', ')
    : `${names.slice(0, namesMax - 2).join(', ')}, ... ${names.at(-1)}`;

/** Which columns were taken, one line each. */
export function columnsNotes({ input, label }: FoundColumns): readonly string[] {
  const isOne = typeof input === 'string';
  const inputs = isOne ? `column ${input}` : `${input.length} columns (${namesWords(input)})`;
  return [`input: ${inputs}`, `label: column ${label}`];
}

/** So many different numbers are seldom names of classes. */
const numbersMax = 100;

/** A warning where labels are quantities: each different one is learnt as a class of its own. */
export function quantityNotes(labels: readonly string[]): readonly string[] {
  const numbers = labels.map(numberOfCell);
  const isOfNumbers = numbers.every((number) => number !== null);
  const isFraction = numbers.some((number) => number !== null && !Number.isInteger(number));
  if (!isOfNumbers || (!isFraction && labels.length <= numbersMax)) return [];
  return [
    `the ${labels.length} labels are numbers (${namesWords(labels)}): each is learnt as a class ` +
      'of its own, and nothing of how near two of them are. Is it the column? --label-column',
  ];
}
