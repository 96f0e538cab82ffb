import { lowestOf, nextBeforeOf, placesMax, startOf, wantedOf } from '../browse-values.js';
import type { BrowsedRows, BrowseFilter, Capture } from '../capture.js';
import { pageText } from './page-text.js';
import type { PostgresParts } from './postgres-parts.js';

const fits = `($4::text IS NULL OR source = $4) AND ($5::text IS NULL OR route = $5)
  AND ($6::int IS NULL OR is_holdout = $6) AND ($7::int IS NULL OR teacher_label = $7)
  AND ($8::int IS NULL OR (student_label = teacher_label)::int = $8)
  AND ($9::text IS NULL OR client = $9)
  AND created_ms >= $10::float8 AND created_ms < $11::float8`;

/** Creates the look through the log. */
export function createBrowse({ schema, codec, read }: PostgresParts): Capture['browse'] {
  const pageOf = (whose: string): { readonly text: string } => {
    const found = `SELECT sequence, input FROM ${schema}.rows
      WHERE task = $1 AND sequence < $2 AND sequence >= $3 AND ${fits}${whose}
      ORDER BY sequence DESC LIMIT $12`;
    return { text: pageText(schema, found, 'DESC') };
  };
  const ofTask = pageOf('');
  const ofSubject = pageOf(' AND subject = $13');
  const newest = { text: `SELECT max(sequence) FROM ${schema}.rows` };
  const farOfSubject = {
    text: `SELECT sequence FROM ${schema}.rows WHERE task = $1 AND subject = $2 AND sequence < $3
           ORDER BY sequence DESC LIMIT 1 OFFSET ${placesMax - 1}`,
  };

  async function lowestFor({ task, subject }: BrowseFilter, before: number): Promise<number> {
    if (subject === null) return lowestOf(before);
    const { rows } = await read(farOfSubject, [task, subject, before]);
    return (rows[0]?.[0] as number | undefined) ?? 1;
  }
  return async (filter): Promise<BrowsedRows> => {
    const before = startOf(filter, (await read(newest)).rows[0]![0] as number | null);
    const lowest = await lowestFor(filter, before);
    const { task, subject, rowsMax } = filter;
    const values = [task, before, lowest, ...wantedOf(filter), rowsMax];
    const { rows: cells } =
      subject === null ? await read(ofTask, values) : await read(ofSubject, [...values, subject]);
    const found = (cells[0]?.at(-1) ?? 0) as number;
    const rows = cells.map(codec.decode);
    const isFull = rows.length < found || rows.length === rowsMax;
    return { rows, nextBefore: nextBeforeOf(isFull ? rows.at(-1)!.sequence : null, lowest) };
  };
}
