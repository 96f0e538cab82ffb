import { InvalidConfigError } from '../errors.js';
import type { TableRow } from '../files/table-rows.js';
import { findColumns, type FoundColumns, type LabelledColumns } from '../task/labelled-columns.js';
import type { InputSpec } from '../task/task.js';

const unnamed: LabelledColumns = { inputColumn: null, labelColumn: null };

/**
 * Finds the columns of each row, for lines of JSON need not be alike; or says what is missing. Only
 * columns of elements stay what they were in the first row that has them: in another order, or with
 * another one among them, they would be other elements.
 */
export function createColumnFinder(
  path: string,
  input: InputSpec,
  named = unnamed,
): (values: TableRow) => FoundColumns | string {
  let last: { readonly header: string; readonly found: FoundColumns | string } | null = null;
  return (values) => {
    if (typeof last?.found === 'object' && Array.isArray(last.found.input)) return last.found;
    const there = Object.keys(values);
    const header = there.join('\n');
    if (last?.header !== header)
      last = { header, found: columnsOf(path, there, { ...named, input }) };
    return last.found;
  };
}

function columnsOf(...file: Parameters<typeof findColumns>): FoundColumns | string {
  try {
    return findColumns(...file);
  } catch (error) {
    if (error instanceof InvalidConfigError) return error.message;
    throw error;
  }
}
