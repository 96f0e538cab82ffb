import { clientsMax, type Capture } from '../capture.js';
import type { PostgresParts } from './postgres-parts.js';

/** How many rows there are, and of whom. */
export function countsOf({ schema, read }: PostgresParts): Pick<Capture, 'count' | 'readClients'> {
  const counts = {
    text: `SELECT count(*), count(*) FILTER (WHERE is_holdout = 1),
             count(*) FILTER (WHERE is_trainable = 1)
           FROM ${schema}.rows WHERE task = $1`,
  };
  const clients = {
    text: `SELECT client, min(created_ms), count(*) FILTER (WHERE created_ms > $1),
             count(*) FILTER (WHERE created_ms > $1 AND is_holdout = 1)
           FROM ${schema}.rows WHERE task = $2
           GROUP BY client ORDER BY 3 DESC, client LIMIT ${clientsMax}`,
  };
  return {
    async count(task) {
      const [row] = (await read(counts, [task])).rows as readonly [number, number, number][];
      const [rows, holdoutRows, trainableRows] = row!;
      return { rows, holdoutRows, trainableRows };
    },
    async readClients(task, afterMs) {
      const found = (await read(clients, [afterMs, task])).rows;
      return (found as [string | null, number, number, number][]).map(
        ([client, firstMs, rows, holdoutRows]) => ({ client, firstMs, rows, holdoutRows }),
      );
    },
  };
}
