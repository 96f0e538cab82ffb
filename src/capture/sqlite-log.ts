import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'libsql';
import { clientsMax, noTeacherVersion, type ClientRows, type RowCounts } from './capture.js';
import { packRows, unpackRows, type PackedRows } from './packed-rows.js';
import type { PageFilter } from './read-newest.js';
import type { CallFailure } from './row-fault.js';
import { storedColumns, type Cell } from './row-codec.js';
import { createSqliteBrowse, type SqliteBrowse } from './sqlite-browse.js';
import { createSqliteChecks, type SqliteChecks } from './sqlite-checks.js';
import { createSqliteFeedback, type SqliteFeedback } from './sqlite-feedback.js';
import { createSqliteRows, insertRow, type SqliteRows } from './sqlite-rows.js';
import { migrate, newestSchema, refuseForeign } from './sqlite-schema.js';
import { inTransaction } from './sqlite-transaction.js';

/** The capture log on one synchronous SQLite connection. Runs in a worker thread. */
export interface SqliteLog extends SqliteBrowse, SqliteChecks, SqliteFeedback, SqliteRows {
  /** Commits calls together. Gives for each call null, or why it alone was left out. */
  append(calls: readonly PackedRows[]): readonly (CallFailure | null)[];
  /** Reads rows, newest first: the cells of `storedColumns`. */
  readPage(filter: PageFilter): PackedRows;
  count(task: string): RowCounts;
  /** As `requireKeys` asks for it. */
  nextKeyId(after: string): string | null;
  readClients(filter: { readonly task: string; readonly afterMs: number }): readonly ClientRows[];
  acquireLease(lease: { name: string; owner: string; nowMs: number; ttlMs: number }): boolean;
  releaseLease(lease: { name: string; owner: string }): void;
  /** @returns whether the WAL is empty now: it has old pages, with what was erased. */
  emptyWal(what: Record<string, never>): boolean;
  close(): void;
}

/** How long a writer waits for another process's transaction on the same file, ms. */
const busyTimeoutMs = 5000;
/** How long commits wait for those who read old pages, so that these can go, ms. */
const walTimeoutMs = 50;
/**
 * A commit writes each page that it touches as a whole, and a row touches ten. By
 * `npm run bench -- --only capture` pages of 4 KB take a fifth less time than those of 8 KB at 1000
 * rows/s, and 6 % less at full speed.
 */
const pageSizeBytes = 4096;

/**
 * Opens the log's file, and makes it and its directory when absent.
 *
 * @throws {Error} when the file can not be opened or is not a capture log of a known version.
 */
export function openSqliteLog(path: string, access: 'write' | 'read'): SqliteLog {
  const database = openFile(path, access);
  try {
    if (access === 'write') prepareFile(database);
    else database.exec('PRAGMA query_only = ON');
    return {
      ...reads(database),
      ...writes(database),
      ...createSqliteBrowse(database),
      ...createSqliteChecks(database),
      ...createSqliteFeedback(database),
      ...createSqliteRows(database),
      close: () => void database.close(),
    };
  } catch (error) {
    database.close();
    throw new Error(messageOf(error), { cause: error });
  }
}

function openFile(path: string, access: 'write' | 'read'): Database.Database {
  try {
    if (access === 'write') mkdirSync(dirname(path), { recursive: true });
    return new Database(path, { timeout: busyTimeoutMs });
  } catch (cause) {
    const message = `${messageOf(cause)}. Give the gateway a data directory that it may write to.`;
    throw new Error(message, { cause });
  }
}

function prepareFile(database: Database.Database): void {
  // Before anything is changed, also the journal mode. In a transaction: another process may be
  // making the same file at this moment, and half of its schema would look foreign.
  database.exec('BEGIN');
  const schema = refuseForeign(database);
  database.exec('COMMIT');
  database.pragma(`page_size = ${pageSizeBytes}`);
  const [mode] = database.prepare('PRAGMA journal_mode = WAL').raw().all() as [string][];
  if (mode![0] !== 'wal')
    throw new Error('Its file system has no shared memory for SQLite’s WAL. Use a local disk.');
  database.exec('PRAGMA synchronous = FULL'); // Every commit is on disk, also after a power cut.
  database.exec('PRAGMA secure_delete = ON'); // What is erased is no more in the file.
  // To a file of today nothing is written: a full disk is no reason not to start.
  if (schema !== newestSchema) migrate(database);
}

function reads(
  database: Database.Database,
): Pick<SqliteLog, 'readPage' | 'count' | 'readClients' | 'nextKeyId'> {
  const cells = storedColumns.join(', ');
  const newestOf = (table: string, teacher: string): string =>
    `SELECT ${cells} FROM ${table}
     WHERE task = ?1 AND teacher_version = ${teacher} AND created_ms > ?3 AND sequence < ?4
     ORDER BY sequence DESC LIMIT ?5`;
  const held = `labelled_rows WHERE is_holdout = 1 AND input_kept IN ('full', 'redacted')`;
  const pages = {
    // Each part goes along an index: an OR of two versions would sort the whole log for each page.
    training: database
      .prepare(
        `SELECT * FROM (${newestOf('training_rows', '?2')})
         UNION ALL SELECT * FROM (${newestOf('training_rows', `'${noTeacherVersion}'`)})
         ORDER BY sequence DESC LIMIT ?5`,
      )
      .raw(),
    holdout: database.prepare(newestOf(`(SELECT * FROM ${held})`, '?2')).raw(),
  };
  const counts = database
    .prepare('SELECT count(*), total(is_holdout), total(is_trainable) FROM rows WHERE task = ?')
    .raw();
  const clients = database
    .prepare(
      `SELECT client, min(created_ms), total(created_ms > ?1), total(created_ms > ?1 AND is_holdout)
       FROM rows WHERE task = ?2 GROUP BY client ORDER BY 3 DESC, client LIMIT ${clientsMax}`,
    )
    .raw();

  // From one key to the next along an index: nothing is counted.
  const nextKey = database.prepare('SELECT min(input_key) FROM rows WHERE input_key > ?').raw();

  return {
    nextKeyId(after) {
      const [row] = nextKey.all(after) as [string | null][];
      return row![0];
    },
    readPage({ source, task, teacherVersion, createdAfterMs, beforeSequence, rowsMax }) {
      const range = [createdAfterMs, beforeSequence, rowsMax];
      return packRows(pages[source].all(task, teacherVersion, ...range) as Cell[][]);
    },
    count(task) {
      const [row] = counts.all(task) as [number, number, number][];
      const [rows, holdoutRows, trainableRows] = row!;
      return { rows, holdoutRows, trainableRows };
    },
    readClients({ task, afterMs }) {
      const found = clients.all(afterMs, task) as [string | null, number, number, number][];
      return found.map(([client, firstMs, rows, holdoutRows]) => ({
        ...{ client, firstMs, rows, holdoutRows },
      }));
    },
  };
}

function writes(
  database: Database.Database,
): Pick<SqliteLog, 'append' | 'acquireLease' | 'releaseLease' | 'emptyWal'> {
  const insert = database.prepare(insertRow);
  // One statement is one transaction: of two processes only one finds the lease free.
  const acquire = database.prepare(
    `INSERT INTO leases (name, owner, expires_ms) VALUES (?, ?, ?)
     ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, expires_ms = excluded.expires_ms
     WHERE leases.owner = excluded.owner OR leases.expires_ms <= ?`,
  );
  const release = database.prepare('DELETE FROM leases WHERE name = ? AND owner = ?');
  const insertCall = (call: PackedRows): void => {
    for (const row of unpackRows(call)) insert.run(row);
  };

  return {
    append(calls) {
      try {
        inTransaction(database, () => calls.forEach(insertCall));
        return calls.map(() => null);
      } catch (error) {
        if (calls.length === 1 || isBusy(error)) return calls.map(() => failureOf(error));
      }
      return appendApart(database, calls, insertCall);
    },
    acquireLease: ({ name, owner, nowMs, ttlMs }) =>
      acquire.run(name, owner, nowMs + ttlMs, nowMs).changes === 1,
    releaseLease({ name, owner }) {
      release.run(name, owner);
    },
    emptyWal() {
      database.exec(`PRAGMA busy_timeout = ${walTimeoutMs}`);
      try {
        const [row] = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').raw().all();
        const [busy] = row as [number];
        return busy === 0;
      } catch (error) {
        if (isBusy(error)) return false;
        throw error;
      } finally {
        database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
      }
    },
  };
}

/** One call spoilt its group: now each has a savepoint of its own, and one commit serves them. */
function appendApart(
  database: Database.Database,
  calls: readonly PackedRows[],
  insertCall: (call: PackedRows) => void,
): readonly (CallFailure | null)[] {
  const tryCall = (call: PackedRows): CallFailure | null => {
    database.exec('SAVEPOINT call');
    try {
      insertCall(call);
      return null;
    } catch (error) {
      if (!database.inTransaction) throw error; // Disk full: SQLite gave up on all of it.
      database.exec('ROLLBACK TO call');
      return failureOf(error);
    } finally {
      if (database.inTransaction) database.exec('RELEASE call');
    }
  };
  try {
    return inTransaction(database, () => calls.map(tryCall));
  } catch (error) {
    return calls.map(() => failureOf(error));
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Database.SqliteError ? error.code : '';

/** Codes of what the values of a row have caused; triggers of the schema are constraints, too. */
const rowFaults = /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG)/;
const failureOf = (error: unknown): CallFailure => ({
  message: messageOf(error),
  isOfRows: rowFaults.test(codeOf(error)),
});
const isBusy = (error: unknown): boolean => codeOf(error).startsWith('SQLITE_BUSY');

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = codeOf(error);
  return code === '' ? message : `${message} (${code})`;
}
