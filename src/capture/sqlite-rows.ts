import type Database from 'libsql';
import type { Added, PageRange } from './capture.js';
import { packRows, unpackRows, type PackedRows } from './packed-rows.js';
import { rowColumns, storedColumns, type Cell } from './row-codec.js';
import { takePage } from './sqlite-page.js';
import { inTransaction } from './sqlite-transaction.js';

/** The log as a whole, on one connection: what goes through it, comes from elsewhere, and goes. */
export interface SqliteRows {
  /** Rows are the cells of `storedColumns`. */
  readPageUp(range: PageRange): PackedRows;
  addNew(rows: PackedRows): Added;
  subjectIds(what: { readonly task: string; readonly subject: string }): readonly string[];
  /** @returns how many rows were erased. */
  eraseSubject(what: {
    readonly task: string;
    readonly subject: string;
    readonly nowMs: number;
    readonly rowsMax: number;
  }): number;
  eraseIds(what: {
    readonly task: string;
    readonly ids: readonly string[];
    readonly nowMs: number;
  }): void;
  /** @returns how many rows were erased. */
  eraseBefore(what: {
    readonly task: string;
    readonly beforeMs: number;
    readonly nowMs: number;
    readonly rowsMax: number;
  }): number;
}

/** Writes one row; its cells are those of `rowColumns`. */
export const insertRow =
  `INSERT INTO rows (${rowColumns.join(', ')}) ` +
  `VALUES (${rowColumns.map(() => '?').join(', ')})`;

/** Prepares its statements, on a database of the newest schema. */
export function createSqliteRows(database: Database.Database): SqliteRows {
  const cells = storedColumns.join(', ');
  const page = database
    .prepare(
      `SELECT ${cells} FROM labelled_rows WHERE +task = ? AND sequence > ?
       ORDER BY sequence LIMIT ?`,
    )
    .raw();
  const isErased = database
    .prepare('SELECT 1 FROM erased_rows WHERE task = ? AND row_id = ?')
    .raw();
  const ownerOf = database.prepare('SELECT task FROM rows WHERE id = ?').raw();
  const insert = database.prepare(insertRow);
  const allOf = database.prepare('SELECT id FROM rows WHERE task = ? AND subject = ?').raw();
  const ofSubject = database
    .prepare('SELECT id FROM rows WHERE task = ? AND subject = ? LIMIT ?')
    .raw();
  const before = database
    .prepare('SELECT id FROM rows WHERE task = ? AND created_ms < ? ORDER BY created_ms LIMIT ?')
    .raw();
  const erase = createErase(database);

  return {
    readPageUp: ({ task, afterSequence, rowsMax }) =>
      packRows(takePage(page.iterate(task, afterSequence, rowsMax) as Iterable<Cell[]>).rows),
    addNew: (packed) =>
      inTransaction(database, () => {
        const came = { added: 0, known: 0, erased: 0, ofOthers: [] as string[] };
        for (const row of unpackRows(packed)) {
          const [id, task] = row as [string, string];
          const [owner] = ownerOf.all(id) as [string][];
          if (isErased.all(task, id).length > 0) came.erased++;
          else if (owner?.[0] === task) came.known++;
          else if (owner !== undefined) came.ofOthers.push(id);
          else {
            insert.run(row);
            came.added++;
          }
        }
        return came;
      }),
    subjectIds: ({ task, subject }) => idsOf(allOf.all(task, subject)),
    eraseSubject: ({ task, subject, nowMs, rowsMax }) =>
      inTransaction(database, () =>
        erase(task, idsOf(ofSubject.all(task, subject, rowsMax)), nowMs),
      ),
    eraseIds({ task, ids, nowMs }) {
      inTransaction(database, () => erase(task, ids, nowMs));
    },
    eraseBefore: ({ task, beforeMs, nowMs, rowsMax }) =>
      inTransaction(database, () => erase(task, idsOf(before.all(task, beforeMs, rowsMax)), nowMs)),
  };
}

const idsOf = (found: readonly unknown[]): string[] => (found as [string][]).map(([id]) => id);

/** Erases rows by their ids, with what was said of them, and remembers the ids alone. */
function createErase(
  database: Database.Database,
): (task: string, ids: readonly string[], nowMs: number) => number {
  const remember = database.prepare('INSERT OR IGNORE INTO erased_rows VALUES (?, ?, ?)');
  const forgetFeedback = database.prepare('DELETE FROM feedback WHERE task = ? AND row_id = ?');
  const forgetRow = database.prepare('DELETE FROM rows WHERE task = ? AND id = ?');
  return (task, ids, nowMs) => {
    for (const id of ids) {
      remember.run(task, id, nowMs);
      forgetFeedback.run(task, id);
      forgetRow.run(task, id);
    }
    return ids.length;
  };
}
