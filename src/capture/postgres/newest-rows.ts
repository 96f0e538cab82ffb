import { noTeacherVersion, type Capture, type RowFilter } from '../capture.js';
import { blobBytesOf, readNewest, type PageSource } from '../read-newest.js';
import { storedColumns } from '../row-codec.js';
import type { PostgresParts } from './postgres-parts.js';

/** Rows to learn from and to judge by, newest first. */
export function newestRowsOf({
  schema,
  codec,
  read,
}: PostgresParts): Pick<Capture, 'readTraining' | 'readHoldout'> {
  const newestOf = (rows: string, teacher: string): string =>
    `SELECT ${storedColumns.join()} FROM ${schema}.${rows} AND task = $1
       AND teacher_version = ${teacher} AND created_ms > $3 AND sequence < $4
     ORDER BY sequence DESC LIMIT $5`;
  // In two parts: an OR of two versions would sort the whole log for each page.
  const training = 'training_rows WHERE true';
  const held = `labelled_rows WHERE is_holdout = 1 AND input_kept IN ('full', 'redacted')`;
  const pages = {
    training: {
      name: 'training',
      text: `SELECT * FROM (
          (${newestOf(training, '$2')}) UNION ALL (${newestOf(training, `'${noTeacherVersion}'`)})
        ) AS rows ORDER BY sequence DESC LIMIT $5`,
    },
    holdout: { name: 'holdout', text: newestOf(held, '$2') },
  };
  const readRows = (source: PageSource, filter: RowFilter) =>
    readNewest(
      { ...filter, source },
      async ({ task, teacherVersion, createdAfterMs, beforeSequence, rowsMax }) => {
        const values = [task, teacherVersion, createdAfterMs, beforeSequence, rowsMax];
        const { rows } = await read(pages[source], values);
        return { rows, bytes: blobBytesOf(rows) };
      },
      codec.decode,
    );
  return {
    readTraining: (filter) => readRows('training', filter),
    readHoldout: (filter) => readRows('holdout', filter),
  };
}
