import type { Capture } from '../capture.js';
import type { Send } from './connections.js';
import type { PostgresParts } from './postgres-parts.js';
import { beginOf } from './schema.js';

/** What goes. */
export function erasingOf({
  schema,
  read,
  transact,
  now,
}: PostgresParts): Pick<
  Capture,
  'subjectIds' | 'eraseSubject' | 'eraseIds' | 'eraseBefore' | 'clearOldPages'
> {
  const ids = `SELECT id FROM ${schema}.rows WHERE task = $1`;
  const ofSubject = eraseText(schema, `${ids} AND subject = $3 LIMIT $4`);
  const before = eraseText(schema, `${ids} AND created_ms < $3 ORDER BY created_ms LIMIT $4`);
  const given = eraseText(schema, 'SELECT unnest($3::text[]) AS id');
  /** While nobody else writes: what is said of a row meanwhile would outlive it. */
  const alone: Send = (statement, values) =>
    transact(async (send) => {
      await send(beginOf(schema));
      return send(statement, values);
    });
  return {
    async subjectIds(task, subject) {
      const { rows } = await read({ text: `${ids} AND subject = $2` }, [task, subject]);
      return rows.map(([id]) => id as string);
    },
    async eraseSubject(task, subject, rowsMax) {
      const { written } = await alone({ text: ofSubject }, [task, now(), subject, rowsMax]);
      return written;
    },
    async eraseIds(task, wanted) {
      await alone({ text: given }, [task, now(), wanted]);
    },
    async eraseBefore(task, beforeMs, rowsMax) {
      const { written } = await alone({ text: before }, [task, now(), beforeMs, rowsMax]);
      return written;
    },
    clearOldPages: async () => 'of-the-server', // Its vacuum, and its own log.
  };
}

/** Erases rows with what was said of them, and remembers the ids alone. */
const eraseText = (schema: string, found: string): string => `
  WITH found AS (
    ${found}
  ), remembered AS (
    INSERT INTO ${schema}.erased_rows SELECT $1, id, $2 FROM found ON CONFLICT DO NOTHING
  ), unsaid AS (
    DELETE FROM ${schema}.feedback USING found WHERE task = $1 AND row_id = found.id
  )
  DELETE FROM ${schema}.rows USING found WHERE rows.task = $1 AND rows.id = found.id`;
