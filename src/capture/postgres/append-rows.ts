import { CaptureFailedError } from '../../errors.js';
import { unpackRows, type PackedRows } from '../packed-rows.js';
import { rowColumns, type Cell } from '../row-codec.js';
import { isOfValues, type Connections, type Send, type Sent } from './connections.js';
import { beginOf } from './schema.js';

/** Rows of one statement: each size is prepared once. */
const statementRows = [256, 32, 4, 1];

/** Gives the statements that write rows; their cells are those of `rowColumns`. */
export function insertsOf(schema: string, rows: readonly (readonly Cell[])[]): readonly Sent[] {
  const sent: Sent[] = [];
  for (let at = 0; at < rows.length;) {
    const count = statementRows.find((size) => size <= rows.length - at)!;
    const statement = { name: `insert-${count}`, text: insertText(schema, count) };
    sent.push({ statement, values: rows.slice(at, at + count).flat() });
    at += count;
  }
  return sent;
}

function insertText(schema: string, rowCount: number): string {
  const places = Array.from({ length: rowCount }, (_, row) => {
    const first = row * rowColumns.length + 1;
    return `(${rowColumns.map((__, column) => `$${first + column}`).join()})`;
  });
  return `INSERT INTO ${schema}.rows (${rowColumns.join()}) VALUES ${places.join()}`;
}

/**
 * Commits calls together, in one round trip. When the rows of one are refused, the others are
 * committed without it.
 *
 * @returns for each call null, or why it alone was left out.
 * @throws {CaptureFailedError} when none was committed.
 */
export async function appendCalls(
  connections: Connections,
  schema: string,
  calls: readonly PackedRows[],
): Promise<readonly (string | null)[]> {
  const inserts = calls.map((call) => insertsOf(schema, unpackRows(call)));
  try {
    await connections.commit(beginOf(schema), inserts.flat());
    return inserts.map(() => null);
  } catch (error) {
    if (calls.length === 1 || !isOfValues(error)) throw error;
  }
  return connections.transact(async (send) => {
    await send(beginOf(schema));
    const outcomes: (string | null)[] = [];
    for (const statements of inserts) outcomes.push(await appendApart(send, statements));
    return outcomes;
  });
}

/** One call spoilt its group: now each has a savepoint of its own. */
async function appendApart(send: Send, statements: readonly Sent[]): Promise<string | null> {
  await send({ text: 'SAVEPOINT call' });
  try {
    for (const { statement, values } of statements) await send(statement, values);
    await send({ text: 'RELEASE call' });
    return null;
  } catch (error) {
    if (!isOfValues(error)) throw error;
    await send({ text: 'ROLLBACK TO call' });
    return (error as CaptureFailedError).message;
  }
}
