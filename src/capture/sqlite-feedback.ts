import type Database from 'libsql';
import type { ReviewFilter } from './capture.js';
import { packRows, type PackedRows } from './packed-rows.js';
import type { Feedback } from './row.js';
import { storedColumns, type Cell } from './row-codec.js';
import type { CheckFilter } from './sqlite-checks.js';
import { inTransaction } from './sqlite-transaction.js';

/** What people say of answers, on one connection. Rows are the cells of `storedColumns`. */
export interface SqliteFeedback {
  /** At most one row. */
  findRow(key: { readonly task: string; readonly id: string }): PackedRows;
  /** @returns the label before, or null; `erased` where its row was erased. */
  appendFeedback(feedback: Feedback): number | null | 'erased';
  readReview(filter: ReviewFilter): PackedRows;
  readReviewed(filter: CheckFilter): PackedRows;
}

/** Prepares its statements, on a database of the newest schema. */
export function createSqliteFeedback(database: Database.Database): SqliteFeedback {
  const cells = storedColumns.join(', ');
  const find = database
    .prepare(`SELECT ${cells} FROM labelled_rows WHERE id = ? AND task = ?`)
    .raw();
  const labelOf = database
    .prepare('SELECT label FROM feedback WHERE task = ? AND row_id = ?')
    .raw();
  const isErased = database
    .prepare('SELECT 1 FROM erased_rows WHERE task = ? AND row_id = ?')
    .raw();
  const write = database.prepare(
    `INSERT INTO feedback (task, row_id, label, origin, given_ms, client) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (task, row_id) DO UPDATE SET label = excluded.label, origin = excluded.origin,
       given_ms = excluded.given_ms, client = excluded.client`,
  );
  // As the index `rows_to_review` has them.
  const review = database
    .prepare(
      `SELECT ${cells} FROM labelled_rows
       WHERE task = ? AND source = 'traffic' AND is_holdout = 0 AND student_label IS NOT NULL
         AND input_kept IN ('full', 'redacted') AND feedback_label IS NULL
       ORDER BY student_label = teacher_label, confidence LIMIT ?`,
    )
    .raw();
  // By id: the plus keeps it from walking through all rows of the teacher.
  const reviewed = database
    .prepare(
      `SELECT ${cells} FROM labelled_rows
       WHERE id IN (SELECT row_id FROM feedback WHERE task = ?1 AND origin = 'review')
         AND +task = ?1 AND +teacher_version = ?2
       ORDER BY sequence DESC LIMIT ?3`,
    )
    .raw();

  return {
    findRow: ({ task, id }) => packRows(find.all(id, task) as Cell[][]),
    appendFeedback: ({ task, id, label, origin, givenMs, client }) =>
      inTransaction(database, () => {
        if (isErased.all(task, id).length > 0) return 'erased';
        const [before] = labelOf.all(task, id) as [number][];
        write.run(task, id, label, origin, givenMs, client);
        return before?.[0] ?? null;
      }),
    readReview: ({ task, rowsMax }) => packRows(review.all(task, rowsMax) as Cell[][]),
    readReviewed: ({ task, teacherVersion, rowsMax }) =>
      packRows(reviewed.all(task, teacherVersion, rowsMax) as Cell[][]),
  };
}
