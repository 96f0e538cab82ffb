import type Database from 'libsql';
import { unpackRows, type PackedRows } from './packed-rows.js';
import { rowColumns, type Cell } from './row-codec.js';

/** What came of one call's rows. */
export interface AppendOutcome {
  /** Null, or why none of them is in the log. */
  readonly failure: string | null;
  /** Positions, in the call, of holdout rows whose input may have been trained on before. */
  readonly trainedOn: readonly number[];
}

const columnOf = (name: (typeof rowColumns)[number]): number => rowColumns.indexOf(name);
const task = columnOf('task');
const inputHash = columnOf('input_hash');
const isHoldout = columnOf('is_holdout');

/**
 * Prepares the insert of a call's rows; must run inside a transaction.
 *
 * @returns a function that gives the positions of `trainedOn`.
 */
export function createInsertRows(
  database: Database.Database,
): (call: PackedRows) => readonly number[] {
  const places = rowColumns.map(() => '?').join(', ');
  const insert = database.prepare(`INSERT INTO rows (${rowColumns.join(', ')}) VALUES (${places})`);
  const trained = database
    .prepare('SELECT 1 FROM trainable_inputs WHERE task = ? AND input_hash = ?')
    .raw();
  const isTrainedOn = (cells: readonly Cell[]): boolean =>
    cells[isHoldout] === 1 && trained.all(cells[task], cells[inputHash]).length > 0;
  return (call) => {
    const trainedOn: number[] = [];
    unpackRows(call).forEach((cells, position) => {
      if (isTrainedOn(cells)) trainedOn.push(position);
      insert.run(cells);
    });
    return trainedOn;
  };
}
