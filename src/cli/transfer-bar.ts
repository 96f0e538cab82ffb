import { SingleBar } from 'cli-progress';

export interface RowsBar {
  /** @param share  of all, in [0, 1]; null where nobody knows how much there is. */
  readonly show: (rows: number, share: number | null) => void;
  readonly stop: () => void;
}

/** Rows between two lines where there is no terminal. */
const rowsOfLine = 100_000;
/** Sooner, ms, nobody knows how long the rest takes. */
const guessMsMin = 2_000;

/**
 * Creates a bar of rows on standard error, with the share of all and the time that is left; where
 * that is no terminal, a line from time to time.
 *
 * @param now  a clock, ms.
 */
export function createRowsBar(
  now: () => number,
  stream: NodeJS.WritableStream & { readonly isTTY?: boolean } = process.stderr,
): RowsBar {
  const startedMs = now();
  const words = (rows: number, share: number | null): string =>
    progressWords({ rows, share, spentMs: now() - startedMs });
  if (stream.isTTY !== true) {
    let next = rowsOfLine;
    return {
      show(rows, share) {
        if (rows < next) return;
        next = rows + rowsOfLine;
        stream.write(`${words(rows, share)}\n`);
      },
      stop() {},
    };
  }
  let bar: SingleBar | null = null; // From the first rows on it is known whether there is a share.
  return {
    show(rows, share) {
      const payload = { words: words(rows, share) };
      if (bar === null) {
        const format = share === null ? '{words}' : '{bar} {words}';
        bar = new SingleBar({ format, hideCursor: true, barsize: 24, stream });
        bar.start(1, share ?? 0, payload);
      } else bar.update(share ?? 0, payload);
    },
    stop: () => bar?.stop(), // It hides the cursor.
  };
}

/** Such as `1500 rows, 30 %, 2 min 20 s left`; the time as if the rest went like what is done. */
export function progressWords(progress: {
  readonly rows: number;
  readonly share: number | null;
  readonly spentMs: number;
}): string {
  const { rows, share, spentMs } = progress;
  if (share === null) return `${rows} rows`;
  const known = `${rows} rows, ${Math.floor(100 * share)} %`;
  if (share === 0 || spentMs < guessMsMin) return known;
  return `${known}, ${timeWords((spentMs / share) * (1 - share))} left`;
}

function timeWords(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
