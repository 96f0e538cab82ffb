import type { Added, Capture, PageRange } from '../capture.js';
import { rowColumns, type Cell } from '../row-codec.js';
import { createBrowse } from './browse.js';
import type { Send } from './connections.js';
import { pageText } from './page-text.js';
import type { PostgresParts } from './postgres-parts.js';
import { beginOf } from './schema.js';

/** The log as a whole: what goes through it, comes from elsewhere, and goes. */
export function rowsOf(parts: PostgresParts): Pick<Capture, 'readPage' | 'browse' | 'addNew'> {
  const { schema, codec, read, transact } = parts;
  const page = {
    name: 'page',
    text: pageText(
      schema,
      `SELECT sequence, input FROM ${schema}.rows
      WHERE task = $1 AND sequence > $2 ORDER BY sequence LIMIT $3`,
    ),
  };
  return {
    async readPage({ task, afterSequence, rowsMax }: PageRange) {
      const { rows } = await read(page, [task, afterSequence, rowsMax]);
      return rows.map(codec.decode);
    },
    browse: createBrowse(parts),
    async addNew(rows) {
      const cells = rows.map(codec.encode);
      return transact((send) => addCells(send, parts, cells));
    },
  };
}

const at = { id: rowColumns.indexOf('id'), task: rowColumns.indexOf('task') };

async function addCells(
  send: Send,
  { schema, inserts }: PostgresParts,
  rows: readonly (readonly Cell[])[],
): Promise<Added> {
  await send(beginOf(schema));
  const ids = rows.map((row) => row[at.id] as string);
  const tasks = rows.map((row) => row[at.task] as string);
  const erasedRows = await send(
    {
      text: `SELECT task, row_id FROM ${schema}.erased_rows
             WHERE (task, row_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))`,
    },
    [tasks, ids],
  );
  const knownRows = await send(
    { text: `SELECT id, task FROM ${schema}.rows WHERE id = ANY($1::text[])` },
    [ids],
  );
  const keyOf = (task: Cell, id: Cell): string => JSON.stringify([task, id]);
  const erased = new Set(erasedRows.rows.map(([task, id]) => keyOf(task!, id!)));
  const taskOf = new Map(knownRows.rows.map(([id, task]) => [id!, task!]));
  const came = { added: 0, known: 0, erased: 0, ofOthers: [] as string[] };
  const added = rows.filter((row) => {
    const [id, task] = [row[at.id]!, row[at.task]!];
    const owner = taskOf.get(id);
    if (erased.has(keyOf(task, id))) came.erased++;
    else if (owner === task) came.known++;
    else if (owner !== undefined) came.ofOthers.push(id as string);
    else {
      taskOf.set(id, task);
      came.added++;
      return true;
    }
    return false;
  });
  for (const { statement, values } of inserts(added)) await send(statement, values);
  return came;
}
