export interface NearDuplicatesOptions<Row> {
  /** Keys of each row, in the order of the rows: nearly equal inputs share one, most likely. */
  readonly keys: readonly Float64Array[];
  readonly clientOf: (row: Row) => string;
  /**
   * Decides between clients whose turn it is; nobody may choose it. Not how new a row is: the
   * newest one of who sends often is newer.
   */
  readonly lotOf: (row: Row) => string;
  /** Rows that may share a key. */
  readonly rowsMax: number;
}

/**
 * Leaves out rows that look nearly the same as `rowsMax` others. Clients take turns: of a crowd of
 * look-alikes each client's first ones come before anybody's later ones, so that nobody can take
 * all the room of a kind of input by sending it often.
 *
 * @returns the rows that stay, in their order.
 */
export function capNearDuplicates<Row>(
  rows: readonly Row[],
  { keys, clientOf, lotOf, rowsMax }: NearDuplicatesOptions<Row>,
): Row[] {
  const counts = new Map<number, number>();
  const stays = new Uint8Array(rows.length);
  for (const index of inTurns(rows, keys, { clientOf, lotOf })) {
    const own = keys[index]!;
    if (own.some((key) => (counts.get(key) ?? 0) >= rowsMax)) continue;
    for (const key of new Set(own)) counts.set(key, (counts.get(key) ?? 0) + 1);
    stays[index] = 1;
  }
  return rows.filter((_, index) => stays[index] === 1);
}

/** Indices of rows: of those that share a key, one of each client, then the next ones. */
function inTurns<Row>(
  rows: readonly Row[],
  keys: readonly Float64Array[],
  { clientOf, lotOf }: Pick<NearDuplicatesOptions<Row>, 'clientOf' | 'lotOf'>,
): readonly number[] {
  const seen = new Map<string, number>();
  const turns = rows.map((row, index) => {
    let turn = 0;
    for (const key of keys[index]!) {
      const place = `${key} ${clientOf(row)}`;
      const before = seen.get(place) ?? 0;
      seen.set(place, before + 1);
      turn = Math.max(turn, before);
    }
    return turn;
  });
  const lots = rows.map(lotOf);
  return [...rows.keys()].sort((a, b) => turns[a]! - turns[b]! || (lots[a]! < lots[b]! ? -1 : 1));
}
