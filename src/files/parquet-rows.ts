import { InvalidConfigError } from '../errors.js';
import { openThread, type EndableThread } from '../threads/thread.js';
import { damagedParquet, requireParquetEnds, unreadableParquet } from './parquet-damage.js';
import { listOfColumns, type ParquetPage, type ParquetStep } from './parquet-pages.js';

/** A step of the reading may take so long, ms, ... */
const patienceMsDefault = 60_000;
/** ... and a millisecond more for so many bytes: the slowest codec reads twenty times as many. */
const bytesPerMs = 1_000;

/**
 * Reads a file that may be large, one row group in memory at a time, in a thread of its own: of a
 * damaged file hyparquet may go on reading without end, or take all the memory there is.
 *
 * @param onShare     told of the share of the rows that have been read, in [0, 1].
 * @param patienceMs  for a row group of no bytes; a second more for each megabyte.
 * @returns one object a row; byte arrays stay bytes.
 * @throws {InvalidConfigError} when it is cut short, damaged, or no Parquet file.
 */
export async function* parquetRows(
  path: string,
  onShare?: (share: number) => void,
  patienceMs = patienceMsDefault,
): AsyncGenerator<Record<string, unknown>> {
  await requireParquetEnds(path);
  const thread = await openReader(path);
  let rowsRead = 0;
  let next: ParquetStep | null = listOfColumns;
  try {
    while (next !== null) {
      const limitMs = patienceMs + next.bytes / bytesPerMs;
      const page: ParquetPage = await nextInTime(thread, { path, what: next.what, limitMs });
      for (const row of page.rows) {
        onShare?.(++rowsRead / page.rowsTotal);
        yield row;
      }
      next = page.next;
    }
  } finally {
    await thread.close();
  }
}

type Reader = EndableThread<null, ParquetPage>;

function openReader(path: string): Promise<Reader> {
  return openThread({
    url: new URL('./parquet-worker.js', import.meta.url),
    data: path,
    errors: {
      refused: (problem) => unreadableParquet(path, { problem }),
      failed: (message) => new InvalidConfigError(message, { path }),
      ended: (cause) =>
        unreadableParquet(path, {
          problem: `it is damaged, or its row groups are too large (${String(cause)}).`,
          advice: 'Copy it once more, or write it anew, in smaller row groups.',
          cause,
        }),
    },
  });
}

/** Gives the thread up that does not answer in time. */
async function nextInTime(
  thread: Reader,
  {
    path,
    what,
    limitMs,
  }: { readonly path: string; readonly what: string; readonly limitMs: number },
): Promise<ParquetPage> {
  const why = `no end was in sight after ${Math.round(limitMs / 1000)} s`;
  const giveUp = (): void => thread.giveUp(damagedParquet(path, { what, why }));
  const timer = setTimeout(giveUp, limitMs);
  try {
    return await thread.call(null);
  } finally {
    clearTimeout(timer);
  }
}
