import type { Capture, StoredRow } from '../capture.js';
import { rowColumns, storedColumns, type Cell } from '../row-codec.js';
import type { PostgresParts } from './postgres-parts.js';
import { beginOf } from './schema.js';

/** What people say of answers. */
export function feedbackOf({
  schema,
  codec,
  read,
  transact,
}: PostgresParts): Pick<Capture, 'findRow' | 'appendFeedback' | 'readReview' | 'readReviewed'> {
  const from = `SELECT ${storedColumns.join()} FROM ${schema}.labelled_rows`;
  const find = { name: 'find', text: `${from} WHERE id = $1 AND task = $2` };
  const label = { text: `SELECT label FROM ${schema}.feedback WHERE task = $1 AND row_id = $2` };
  const erased = {
    text: `SELECT 1 FROM ${schema}.erased_rows WHERE task = $1 AND row_id = $2`,
  };
  const write = {
    text: `INSERT INTO ${schema}.feedback (task, row_id, label, origin, given_ms, client)
           VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT (task, row_id) DO UPDATE SET label = excluded.label,
             origin = excluded.origin, given_ms = excluded.given_ms, client = excluded.client`,
  };
  // As the index `rows_to_review` has them; a join with what was said would not go along it.
  const review = {
    text: `SELECT ${rowColumns.join()}, sequence, NULL::int, NULL::text, NULL::float8
           FROM ${schema}.rows
           WHERE task = $1 AND source = 'traffic' AND is_holdout = 0 AND student_label IS NOT NULL
             AND input_kept IN ('full', 'redacted') AND NOT EXISTS (
               SELECT 1 FROM ${schema}.feedback
               WHERE feedback.task = rows.task AND feedback.row_id = rows.id)
           ORDER BY (student_label = teacher_label), confidence NULLS FIRST LIMIT $2`,
  };
  const reviewed = {
    text: `${from} WHERE task = $1 AND teacher_version = $2 AND feedback_origin = 'review'
           ORDER BY sequence DESC LIMIT $3`,
  };
  const decode = ({ rows }: { readonly rows: readonly (readonly Cell[])[] }): StoredRow[] =>
    rows.map(codec.decode);

  return {
    findRow: async (task, id) => decode(await read(find, [id, task]))[0] ?? null,
    appendFeedback: ({ task, id, label: said, origin, givenMs, client }) =>
      transact(async (send) => {
        await send(beginOf(schema));
        if ((await send(erased, [task, id])).rows.length > 0) return 'erased';
        const before = await send(label, [task, id]);
        await send(write, [task, id, said, origin, givenMs, client]);
        return (before.rows[0]?.[0] ?? null) as number | null;
      }),
    readReview: async ({ task, rowsMax }) => decode(await read(review, [task, rowsMax])),
    readReviewed: async ({ task, teacherVersion, rowsMax }) =>
      decode(await read(reviewed, [task, teacherVersion, rowsMax])),
  };
}
