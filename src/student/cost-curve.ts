import type { CostPoint } from '../model/measure-model.js';
import { kneeRows } from './knee-rows.js';

export interface CostCurve {
  /** Ms that a run of so many rows takes at the present speed. */
  runMs(rows: number): number;
  /** Takes in a run of the traffic, so that the curve follows the speed of the machine. */
  observe(rows: number, ms: number): void;
  /** Present speed: 1 as measured at the start, 3 when runs take three times as long. */
  readonly scale: number;
}

/** Weight of the newest run: after 22 runs nine tenths of a change of speed are taken in. */
const scaleGain = 0.1;
/** A pause of the process is no change of speed: one run counts at most as so many times slower. */
const outlierFactorMax = 4;
/** Throughput that larger runs would still add is not worth their latency. */
const payingShare = 0.98;

/**
 * Makes a curve of run time over rows from a few measured sizes.
 *
 *     ms_k'    = min(ms_k, ms_k+1, ..)                      (never falls)
 *     base(n)  = linear between (rows_k, ms_k'), ms_1' below the first, the last slope beyond
 *     runMs(n) = s * base(n)
 *     s       <- s + 0.1 * (min(ms / base(n), 4 s) - s)     for each run (n, ms) of the traffic
 *
 * What disturbs a measurement only makes it longer, so a point above that of a larger run is the
 * disturbed one, and the larger run's time bounds it. One factor for all sizes: the traffic has
 * runs of few sizes at a time, too few to learn the shape from.
 *
 * @param points  at least one; rows are whole, rise strictly and are >= 1; ms > 0.
 * @throws {RangeError} when they are not.
 */
export function createCostCurve(points: readonly CostPoint[]): CostCurve {
  checkPoints(points);
  const rising = points.map(({ rows }, index) => ({
    rows,
    ms: Math.min(...points.slice(index).map(({ ms }) => ms)),
  }));
  let scale = 1;

  return {
    runMs: (rows) => scale * interpolate(rising, rows),
    observe(rows, ms) {
      const ratio = Math.min(ms / interpolate(rising, rows), outlierFactorMax * scale);
      scale += scaleGain * (ratio - scale);
    },
    get scale() {
      return scale;
    },
  };
}

/**
 * Chooses the rows of the largest run: as many as the latency target allows, and no more than pay.
 *
 *     max { n : runMs(n) <= latencyTargetMs },  not above the knee at 98 % of the best throughput
 *
 * @returns  a whole number in [1, rowsMax]; 1 also when a single row misses the target.
 */
export function chooseRunRows(
  curve: Pick<CostCurve, 'runMs'>,
  { latencyTargetMs, rowsMax }: { readonly latencyTargetMs: number; readonly rowsMax: number },
): number {
  const paying = kneeRows((rows) => curve.runMs(rows), {
    runRowsMax: rowsMax,
    share: payingShare,
  });
  let rows = paying;
  while (rows > 1 && curve.runMs(rows) > latencyTargetMs) rows--;
  return rows;
}

function interpolate(points: readonly CostPoint[], rows: number): number {
  const first = points[0]!;
  if (rows <= first.rows || points.length === 1) return first.ms;
  const next = points.findIndex((point) => point.rows >= rows);
  const right = next === -1 ? points.length - 1 : next;
  const { rows: rowsLow, ms: msLow } = points[right - 1]!;
  const { rows: rowsHigh, ms: msHigh } = points[right]!;
  return msLow + ((msHigh - msLow) * (rows - rowsLow)) / (rowsHigh - rowsLow);
}

function checkPoints(points: readonly CostPoint[]): void {
  const isMeasured = points.every(
    ({ rows, ms }, index) =>
      Number.isInteger(rows) && rows > (points[index - 1]?.rows ?? 0) && ms > 0 && ms < Infinity,
  );
  if (points.length === 0 || !isMeasured)
    throw new RangeError('Points of a cost curve need rising whole rows >= 1 and ms > 0.');
}
