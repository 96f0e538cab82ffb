import type Database from 'libsql';
import type { BrowseFilter } from './capture.js';
import { lowestOf, nextBeforeOf, placesMax, startOf, wantedOf } from './browse-values.js';
import { packRows, type PackedRows } from './packed-rows.js';
import { storedColumns, type Cell } from './row-codec.js';
import { takePage, type TakenPage } from './sqlite-page.js';

/** Rows are the cells of `storedColumns`. */
export interface BrowsedCells extends PackedRows {
  /** As in `BrowsedRows`. */
  readonly nextBefore: number | null;
}

/** The log as people look through it, on one connection. */
export interface SqliteBrowse {
  browse(filter: BrowseFilter): BrowsedCells;
}

/** The plus keeps SQLite from an index by age, which would have to be sorted. */
const fits = `(?4 IS NULL OR source = ?4) AND (?5 IS NULL OR route = ?5)
  AND (?6 IS NULL OR is_holdout = ?6) AND (?7 IS NULL OR teacher_label = ?7)
  AND (?8 IS NULL OR (student_label = teacher_label) = ?8) AND (?9 IS NULL OR client = ?9)
  AND +created_ms >= ?10 AND +created_ms < ?11`;

/** Prepares its statements, on a database of the newest schema. */
export function createSqliteBrowse(database: Database.Database): SqliteBrowse {
  const pageOf = (whose: string): Database.Statement =>
    database
      .prepare(
        `SELECT ${storedColumns.join(', ')} FROM labelled_rows
         WHERE ${whose} AND sequence < ?2 AND sequence >= ?3 AND ${fits}
         ORDER BY sequence DESC LIMIT ?12`,
      )
      .raw();
  const ofTask = pageOf('+task = ?1');
  const ofSubject = pageOf('task = ?1 AND subject = ?13');
  const newest = database.prepare('SELECT max(sequence) FROM rows').raw();
  const farOfSubject = database
    .prepare(
      `SELECT sequence FROM rows WHERE task = ? AND subject = ? AND sequence < ?
       ORDER BY sequence DESC LIMIT 1 OFFSET ${placesMax - 1}`,
    )
    .raw();

  function lowestFor({ task, subject }: BrowseFilter, before: number): number {
    if (subject === null) return lowestOf(before);
    const [found] = farOfSubject.all(task, subject, before) as [number][];
    return found?.[0] ?? 1;
  }
  return {
    browse(filter) {
      const [last] = newest.all() as [[number | null]];
      const before = startOf(filter, last[0]);
      const lowest = lowestFor(filter, before);
      const { subject, rowsMax } = filter;
      const values = [filter.task, before, lowest, ...wantedOf(filter), rowsMax];
      const found =
        subject === null ? ofTask.iterate(...values) : ofSubject.iterate(...values, subject);
      const page = takePage(found as Iterable<Cell[]>);
      const isFull = page.isCut || page.rows.length === rowsMax;
      const nextBefore = nextBeforeOf(isFull ? lastSequenceOf(page) : null, lowest);
      return { ...packRows(page.rows), nextBefore };
    },
  };
}

const sequenceAt = storedColumns.indexOf('sequence');
const lastSequenceOf = ({ rows }: TakenPage): number => rows.at(-1)![sequenceAt] as number;
