import type Database from 'libsql';
import type { PageRange, TeacherCheck } from './capture.js';
import { checkCells, checkColumns, checkOf } from './check-codec.js';
import { heldOutColumns } from './held-out-digests.js';
import { packRows, type PackedRows } from './packed-rows.js';
import { storedColumns, type Cell } from './row-codec.js';

export interface UncheckedFilter {
  readonly task: string;
  readonly teacherVersion: string;
  readonly createdAfterMs: number;
  readonly position: number;
}

export interface CheckFilter {
  readonly task: string;
  readonly teacherVersion: string;
  readonly rowsMax: number;
}

/** What the log knows of the teacher's agreement with itself, on one connection. */
export interface SqliteChecks {
  /** At most one row: the cells of `storedColumns`. */
  findUnchecked(filter: UncheckedFilter): PackedRows;
  appendCheck(check: TeacherCheck): void;
  readChecks(filter: CheckFilter): readonly TeacherCheck[];
  /** Cells of `heldOutColumns`, oldest first. */
  readHeldOut(range: PageRange): PackedRows;
}

/** The teacher has labelled the input as it came: it is not asked about one that was redacted. */
const holdoutOf = `FROM labelled_rows AS rows
  WHERE task = ? AND teacher_version = ? AND is_holdout = 1 AND is_trainable = 0
    AND created_ms > ? AND input_kept = 'full'`;
const unchecked = `NOT EXISTS (
  SELECT 1 FROM teacher_checks AS done
  WHERE done.task = rows.task AND done.teacher_version = rows.teacher_version
    AND done.input_hash = rows.input_hash)`;
/** Prepares its statements, on a database of the newest schema. */
export function createSqliteChecks(database: Database.Database): SqliteChecks {
  const cells = storedColumns.join(', ');
  const one = (sql: string): Database.Statement => database.prepare(`${sql} LIMIT 1`).raw();
  const oldest = one(`SELECT sequence ${holdoutOf} ORDER BY sequence`);
  const newest = one(`SELECT sequence ${holdoutOf} ORDER BY sequence DESC`);
  const upTo = one(
    `SELECT ${cells} ${holdoutOf} AND sequence <= ? AND ${unchecked} ORDER BY sequence DESC`,
  );
  const past = one(
    `SELECT ${cells} ${holdoutOf} AND sequence > ? AND ${unchecked} ORDER BY sequence`,
  );
  const columns = checkColumns.join(', ');
  const append = database.prepare(
    `INSERT INTO teacher_checks (${columns}) VALUES (${checkColumns.map(() => '?').join()})`,
  );
  const read = database
    .prepare(
      `SELECT ${columns} FROM teacher_checks WHERE task = ? AND teacher_version = ?
       ORDER BY sequence DESC LIMIT ?`,
    )
    .raw();
  const heldOut = database
    .prepare(
      `SELECT ${heldOutColumns.join(', ')} FROM rows INDEXED BY rows_held_out
       WHERE task = ? AND is_holdout = 1 AND sequence > ?
         AND input_kept IN ('full', 'redacted')
       ORDER BY sequence LIMIT ?`,
    )
    .raw();

  return {
    findUnchecked({ task, teacherVersion, createdAfterMs, position }) {
      const filter = [task, teacherVersion, createdAfterMs];
      const [first] = oldest.all(...filter) as [number][];
      const [last] = newest.all(...filter) as [number][];
      if (first === undefined || last === undefined) return packRows([]);
      const sequence = first[0] + Math.floor(position * (last[0] - first[0] + 1));
      const found = upTo.all(...filter, sequence) as Cell[][];
      return packRows(found.length > 0 ? found : (past.all(...filter, sequence) as Cell[][]));
    },
    appendCheck(check) {
      append.run(...checkCells(check));
    },
    readChecks({ task, teacherVersion, rowsMax }) {
      return (read.all(task, teacherVersion, rowsMax) as Cell[][]).map(checkOf);
    },
    readHeldOut: ({ task, afterSequence, rowsMax }) =>
      packRows(heldOut.all(task, afterSequence, rowsMax) as Cell[][]),
  };
}
