import { InvalidConfigError } from '../errors.js';
import { tableRows, type TableRow } from '../files/table-rows.js';
import { createImageNumbers } from './image-numbers.js';
import { inputIn } from './input-in-row.js';
import { knownLabelsOf, labelOfCell } from './label-of-cell.js';
import {
  findColumns,
  findLabelColumn,
  type FoundColumns,
  type LabelledColumns,
} from './labelled-columns.js';
import type { Input, InputSpec } from './task.js';

export type { LabelledColumns } from './labelled-columns.js';

/** One row of a labelled file, its label as the file writes it, without blanks around it. */
export interface LabelledRowOfFile {
  readonly input: Input;
  readonly label: string;
}

export interface LabelledRowsOptions extends LabelledColumns {
  /** Labels that there may be; a row gets the one that is meant. Default: any. */
  readonly labels?: readonly string[] | null;
  /** Reads an input, or says what is wrong with it, where that takes more than its columns. */
  readonly readInput?: ((row: TableRow) => Input | string) | null;
  /** Told of the columns that were found. */
  readonly onColumns?: (columns: FoundColumns) => void;
  /** Told of a row that can not be used: what follows it is read on. Without: it is an error. */
  readonly onUnusable?: (where: string, what: string) => void;
}

/**
 * Reads inputs with their labels from a file of rows, one row after the other. Texts are texts, or
 * their UTF-8; images are bytes (8 bits a value, [height, width, channels]), their base64, or lists
 * of numbers; tensors are bytes as `tensor-codec.ts` writes them, their base64, or lists or a lone
 * element as `inputOfLists` has them. The elements of both may stand one in each column, too.
 *
 * @param input  what an input of the task is.
 * @throws {InvalidConfigError} naming the columns that are there when one is not found, or the
 *         first row that does not fit, where nobody asks for those.
 */
export async function* labelledRows(
  path: string,
  input: InputSpec,
  options: LabelledRowsOptions,
): AsyncGenerator<LabelledRowOfFile> {
  const refuse = (where: string, what: string): never => {
    throw new InvalidConfigError(`${path}, ${where}: ${what}`);
  };
  const { onUnusable } = options;
  const tell = onUnusable ?? refuse;
  const onBroken = onUnusable && ((line: number, what: string) => onUnusable(`line ${line}`, what));
  const known = options.labels && knownLabelsOf(options.labels);
  const about = { input, imageNumbers: createImageNumbers() };
  let names: FoundColumns | null = null;
  let row = 0;
  for await (const values of tableRows(path, onBroken)) {
    row++;
    if (names === null) {
      names = columnsIn(path, Object.keys(values), { ...options, input });
      options.onColumns?.(names);
    }
    const read = options.readInput?.(values) ?? inputIn(values, names, about);
    const label = labelOfCell(values[names.label], known ?? null);
    if (typeof read === 'string') tell(`row ${row}`, read);
    else if (typeof label !== 'string') tell(`row ${row}`, `${names.label} ${label.problem}`);
    else yield { input: read, label };
  }
}

function columnsIn(
  path: string,
  there: readonly string[],
  options: LabelledRowsOptions & { readonly input: InputSpec },
): FoundColumns {
  const { inputColumn, labelColumn, readInput = null } = options;
  if (readInput === null || inputColumn === null) return findColumns(path, there, options);
  return { input: inputColumn, label: findLabelColumn(path, there, labelColumn) };
}
