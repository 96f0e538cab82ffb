import type { CaptureFailedError } from '../../errors.js';
import { unpackRows, type PackedRows } from '../packed-rows.js';
import type { CallFailure } from '../row-fault.js';
import { rowColumns, type Cell } from '../row-codec.js';
import { isOfValues, type Connections, type Send, type Sent } from './connections.js';
import type { PostgresParts } from './postgres-parts.js';
import { beginOf } from './schema.js';

/** Gives the statements that write rows; their cells are those of `rowColumns`. */
export type Inserts = (rows: readonly (readonly Cell[])[]) => readonly Sent[];

/** Rows of one statement: each size is prepared once. */
const statementRows = [256, 32, 4, 1];

export function createInserts(schema: string): Inserts {
  const statements = statementRows.map((count) => ({
    count,
    statement: { name: `insert-${count}`, text: insertText(schema, count) },
  }));
  return (rows) => {
    const sent: Sent[] = [];
    for (let at = 0; at < rows.length;) {
      const { count, statement } = statements.find((one) => one.count <= rows.length - at)!;
      sent.push({ statement, values: rows.slice(at, at + count).flat() });
      at += count;
    }
    return sent;
  };
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
  calls: readonly PackedRows[],
  { schema, inserts, transact }: Pick<PostgresParts, 'schema' | 'inserts' | 'transact'>,
  commit: Connections['commit'],
): Promise<readonly (CallFailure | null)[]> {
  const rowsOfCalls = calls.map(unpackRows);
  try {
    await commit(beginOf(schema), inserts(rowsOfCalls.flat()));
    return calls.map(() => null);
  } catch (error) {
    if (!isOfValues(error)) throw error;
    if (calls.length === 1) return [failureOf(error)];
  }
  return transact(async (send) => {
    await send(beginOf(schema));
    const outcomes: (CallFailure | null)[] = [];
    for (const rows of rowsOfCalls) outcomes.push(await appendApart(send, inserts(rows)));
    return outcomes;
  });
}

/** One call spoilt its group: now each has a savepoint of its own. */
async function appendApart(send: Send, statements: readonly Sent[]): Promise<CallFailure | null> {
  await send({ text: 'SAVEPOINT call' });
  try {
    for (const { statement, values } of statements) await send(statement, values);
    await send({ text: 'RELEASE call' });
    return null;
  } catch (error) {
    if (!isOfValues(error)) throw error;
    await send({ text: 'ROLLBACK TO call' });
    return failureOf(error);
  }
}

/** Of values that the server has refused. */
const failureOf = (error: unknown): CallFailure => ({
  message: (error as CaptureFailedError).message,
  isOfRows: true,
});
