/** How long the rows of a model take, by what its runs have taken so far; 0 before all of them. */
export interface DrainTime {
  /** Ms of a run of so many rows. */
  readonly runMs: (rows: number) => number;
  /** Ms that a row takes while others wait behind it. */
  readonly rowMs: () => number;
  /** Takes in a run of so many rows, ms from its start to that of the next one. */
  readonly observe: (rows: number, ms: number) => void;
}

/** Weight of the newest run: after 22 runs nine tenths of a change of speed are taken in. */
const factorGain = 0.1;
/** A pause of the process is no change of speed: one run counts at most as so many times slower. */
const outlierFactorMax = 4;

/**
 * Learns how long the rows that wait for a model will take.
 *
 *     rowMs = f cost(m) / (m lanes),  m = rows of a full run
 *     f    <- f + 0.1 (min(ms / cost(n), 4 f) - f)     for each run (n, ms) of the traffic
 *
 * Runs are timed from start to start, so that whatever the event loop does between them counts: it
 * is what the rows behind them wait for. `cost` knows that a run of one row takes more than its
 * share of a full one, as those of quiet times are.
 *
 * @param options  cost: ms of a run of n rows where they are measured, and f starts at 1; without
 *                 it a row is as good as another, and f is the first run's ms a row. runRows: rows
 *                 of the largest run. lanes: runs that go on at once.
 */
export function createDrainTime(options: {
  readonly cost?: ((rows: number) => number) | undefined;
  readonly runRows: () => number;
  readonly lanes: number;
}): DrainTime {
  const { runRows, lanes } = options;
  const cost = options.cost ?? ((rows: number): number => rows);
  let factor = options.cost === undefined ? null : 1;
  const runMs = (rows: number): number => (factor === null ? 0 : factor * cost(rows));
  return {
    runMs,
    rowMs: () => runMs(runRows()) / (runRows() * lanes),
    observe(rows, ms) {
      const ratio = ms / cost(rows);
      factor ??= ratio;
      factor += factorGain * (Math.min(ratio, outlierFactorMax * factor) - factor);
    },
  };
}
