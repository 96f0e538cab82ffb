import { SingleBar } from 'cli-progress';

/** Rows between two lines where there is no terminal. */
const rowsOfLine = 100_000;

/** A bar of rows on standard error; where that is no terminal, a line from time to time. */
export function createRowsBar(total: number | null): {
  readonly show: (rows: number) => void;
  readonly stop: () => void;
} {
  if (!process.stderr.isTTY) {
    let next = rowsOfLine;
    return {
      show(rows) {
        if (rows < next) return;
        next = rows + rowsOfLine;
        console.error(`${rows} rows`);
      },
      stop() {},
    };
  }
  const format = total === null ? '{value} rows' : '{bar} {percentage} % | {value} of {total} rows';
  const bar = new SingleBar({ format, hideCursor: true, barsize: 24 });
  bar.start(total ?? 0, 0);
  return {
    show: (rows) => bar.update(rows),
    stop: () => bar.stop(), // It hides the cursor.
  };
}
