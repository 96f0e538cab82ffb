import { shuffle, type Draw } from '../distillation/seeded-draw.js';

/** The rows of a stream, and how many there were to choose from. */
export interface ChosenRows<T> {
  readonly rows: readonly T[];
  readonly rowsRead: number;
}

/**
 * Chooses at most `rowsMax` rows of a stream that may be far longer, in memory for those alone.
 *
 * @param draw  uniform in [0, 1): a random choice in random order (reservoir sampling, Vitter's
 *              algorithm R, then a shuffle); null: the first rows, in their order.
 */
export async function chooseRows<T>(
  stream: AsyncIterable<T>,
  rowsMax: number,
  draw: Draw | null,
): Promise<ChosenRows<T>> {
  const rows: T[] = [];
  let rowsRead = 0;
  for await (const row of stream) {
    rowsRead++;
    if (rows.length < rowsMax) {
      rows.push(row);
      continue;
    }
    if (draw === null) break; // The rest of the file is not looked at.
    const place = Math.floor(draw() * rowsRead);
    if (place < rowsMax) rows[place] = row;
  }
  return { rows: draw === null ? rows : shuffle(rows, draw), rowsRead };
}
