export interface CapSharesOptions<Row> {
  readonly clientOf: (row: Row) => string;
  /** Greatest share of the kept rows that a client may have, in (0, 1]. */
  readonly limitOf: (client: string) => number;
  /** Rows of the dataset that are nobody's, >= 0. */
  readonly otherRows: number;
}

/**
 * Keeps as many rows as the limits allow, the first ones of each client. A limit is a share of what
 * is kept, not of what came: it holds whatever one client has sent.
 *
 *     kept = the greatest K with K = otherRows + sum_c min(rows_c, floor(limit_c K))
 *
 * Where every client is over its limit and the limits sum to less than 1, K shrinks until no client
 * that is left is: all of it may go. One row of each client always stays.
 */
export function capShares<Row>(rows: readonly Row[], options: CapSharesOptions<Row>): Row[] {
  const { clientOf, limitOf, otherRows } = options;
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(clientOf(row), (counts.get(clientOf(row)) ?? 0) + 1);
  const clients = [...counts].map(([client, count]) => ({ count, limit: limitOf(client) }));
  const allowed = (limit: number, total: number): number => Math.max(1, Math.floor(limit * total));

  let total = otherRows + rows.length;
  for (let before = Infinity; total < before;) {
    before = total;
    total = otherRows;
    for (const { count, limit } of clients) total += Math.min(count, allowed(limit, before));
  }

  const taken = new Map<string, number>();
  return rows.filter((row) => {
    const client = clientOf(row);
    const own = (taken.get(client) ?? 0) + 1;
    taken.set(client, own);
    return own <= allowed(limitOf(client), total);
  });
}
