import type { Capture } from '../capture.js';
import { checkCells, checkColumns, checkOf } from '../check-codec.js';
import { heldOutColumns, heldOutDigests } from '../held-out-digests.js';
import { storedColumns } from '../row-codec.js';
import type { PostgresParts } from './postgres-parts.js';

/** What the log knows of the teacher's agreement with itself. */
export function checksOf({
  schema,
  codec,
  read,
  write,
}: PostgresParts): Pick<
  Capture,
  'findUnchecked' | 'appendCheck' | 'readChecks' | 'holdoutDigests'
> {
  // The teacher has labelled the input as it came: it is not asked about one that was redacted.
  const ofTeacher = `AS rows
    WHERE task = $1 AND teacher_version = $2 AND is_holdout = 1 AND is_trainable = 0
      AND created_ms > $3 AND input_kept = 'full'`;
  const holdout = `FROM ${schema}.labelled_rows ${ofTeacher}`;
  // Along the index, which a join or both ends at once would not be.
  const endOf = (order: 'ASC' | 'DESC'): { readonly text: string } => ({
    text: `SELECT sequence FROM ${schema}.rows ${ofTeacher} ORDER BY sequence ${order} LIMIT 1`,
  });
  const [oldest, newestOne] = [endOf('ASC'), endOf('DESC')];
  const unchecked = (order: string): { readonly text: string } => ({
    text: `SELECT ${storedColumns.join()} ${holdout} AND sequence ${order}`,
  });
  const notChecked = `NOT EXISTS (
    SELECT 1 FROM ${schema}.teacher_checks AS done
    WHERE done.task = rows.task AND done.teacher_version = rows.teacher_version
      AND done.input_hash = rows.input_hash)`;
  const upTo = unchecked(`<= $4 AND ${notChecked} ORDER BY sequence DESC LIMIT 1`);
  const past = unchecked(`> $4 AND ${notChecked} ORDER BY sequence LIMIT 1`);
  const places = checkColumns.map((_, column) => `$${column + 1}`);
  const append = {
    text: `INSERT INTO ${schema}.teacher_checks (${checkColumns.join()}) VALUES (${places.join()})`,
  };
  const newest = {
    text: `SELECT ${checkColumns.join()} FROM ${schema}.teacher_checks
           WHERE task = $1 AND teacher_version = $2 ORDER BY sequence DESC LIMIT $3`,
  };
  const heldOut = {
    text: `SELECT ${heldOutColumns.join()} FROM ${schema}.rows
           WHERE task = $1 AND is_holdout = 1 AND sequence > $2
             AND input_kept IN ('full', 'redacted')
           ORDER BY sequence LIMIT $3`,
  };

  return {
    async findUnchecked({ task, teacherVersion, createdAfterMs }, position) {
      const filter = [task, teacherVersion, createdAfterMs];
      const [first] = (await read(oldest, filter)).rows.flat() as number[];
      const [last] = (await read(newestOne, filter)).rows.flat() as number[];
      if (first === undefined || last === undefined) return null;
      const sequence = Math.floor(first + position * (last - first + 1));
      const near = await read(upTo, [...filter, sequence]);
      const [cells] =
        near.rows.length > 0 ? near.rows : (await read(past, [...filter, sequence])).rows;
      return cells === undefined ? null : codec.decode(cells);
    },
    async appendCheck(check) {
      await write(append, checkCells(check));
    },
    async readChecks({ task, teacherVersion, rowsMax }) {
      const { rows } = await read(newest, [task, teacherVersion, rowsMax]);
      return rows.map(checkOf);
    },
    holdoutDigests: (task) =>
      heldOutDigests(async ({ afterSequence, rowsMax }) => {
        const { rows } = await read(heldOut, [task, afterSequence, rowsMax]);
        return rows;
      }, codec),
  };
}
