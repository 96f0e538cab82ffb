import { tableRows, type TableRow } from '../../src/files/table-rows.js';

/** All rows of a file, as `tableRows` reads them. */
export async function readTableRows(path: string): Promise<readonly TableRow[]> {
  const rows: TableRow[] = [];
  for await (const row of tableRows(path)) rows.push(row);
  return rows;
}
