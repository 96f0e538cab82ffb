import { hash } from 'node:crypto';
import { createSeededDraw } from '../distillation/seeded-draw.js';
import { InvalidConfigError } from '../errors.js';
import type { FoundColumns } from '../task/labelled-columns.js';
import {
  labelledRows,
  type LabelledRowOfFile,
  type LabelledRowsOptions,
} from '../task/labelled-rows.js';
import { percent } from '../task/percent.js';
import type { InputSpec } from '../task/task.js';
import { createUnusableRows, type UnusableRows } from '../task/unusable-rows.js';
import { chooseRows, type ChosenRows } from './choose-rows.js';

export interface ReadRowsOptions extends Pick<
  LabelledRowsOptions,
  'inputColumn' | 'labelColumn' | 'labels' | 'readInput'
> {
  readonly input: InputSpec;
  readonly rowsMax: number;
  readonly isShuffled: boolean;
  readonly seed: number;
}

export interface ReadRows extends ChosenRows<LabelledRowOfFile> {
  readonly columns: FoundColumns;
  /** Different ones, among the chosen rows. */
  readonly inputsInAll: number;
  /** What was left out and why, one line each; none where all rows are of use. */
  readonly leftOut: readonly string[];
}

/** A file of which more can not be used is another one than its reader thinks. */
const unusableShareMax = 0.5;

/**
 * Chooses the rows of a replay. Rows that can not be used are left out, and told of.
 *
 * @throws {InvalidConfigError} when the file can not be read, or most of it is of no use.
 */
export async function readRows(file: string, options: ReadRowsOptions): Promise<ReadRows> {
  const { input, rowsMax, isShuffled, seed } = options;
  const unusable = createUnusableRows();
  let columns: FoundColumns | null = null;
  const rows = labelledRows(file, input, {
    ...options,
    onColumns: (found) => (columns = found),
    onUnusable: unusable.add,
  });
  const chosen = await chooseRows(rows, rowsMax, isShuffled ? createSeededDraw(seed) : null);
  const rowsInAll = chosen.rowsRead + unusable.count;
  if (rowsInAll === 0) throw new InvalidConfigError(`${file} has no rows.`);
  const leftOut = leftOutOf(unusable, rowsInAll);
  if (chosen.rows.length === 0 || unusable.count > unusableShareMax * rowsInAll)
    throw new InvalidConfigError(
      `${[`${file}: ${leftOut[0]}`, ...leftOut.slice(1)].join('\n')}\nMore than half of a file ` +
        'must be of use. Are these its columns? --input-column and --label-column name others.',
      { rows: rowsInAll, unusable: unusable.count },
    );
  const inputs = new Set(chosen.rows.map((row) => hash('sha256', row.input, 'base64')));
  return { ...chosen, columns: columns!, inputsInAll: inputs.size, leftOut };
}

const leftOutOf = (unusable: UnusableRows, rowsInAll: number): readonly string[] =>
  unusable.count === 0
    ? []
    : [
        `${unusable.count} of ${rowsInAll} rows (${percent(unusable.count / rowsInAll)}) can not ` +
          'be used, and are left out:',
        ...unusable.reasons().map((reason) => `  ${reason}`),
      ];
