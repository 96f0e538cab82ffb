import type { RouteName, TrafficJson } from '../../http/api-types.js';
import { routeNames } from '../words.js';

/** One column of the charts. */
export interface Slice {
  readonly startMs: number;
  readonly rows: number;
  readonly rowsByRoute: Readonly<Record<RouteName, number>>;
  readonly costUsd: number;
  /** What the teacher would have cost for all of it. */
  readonly teacherForAllUsd: number;
  /** The same two, summed from the start of the window. */
  readonly costSoFarUsd: number;
  readonly teacherForAllSoFarUsd: number;
}

/**
 * Joins buckets into wider columns. Columns start at multiples of `sliceMs`, so that they do not
 * change while the window moves on.
 */
export function slicesOf({ buckets }: TrafficJson, sliceMs: number): readonly Slice[] {
  const slices: Slice[] = [];
  for (const bucket of buckets) {
    const startMs = Math.floor(bucket.startMs / sliceMs) * sliceMs;
    const last = slices.at(-1);
    const isSame = last?.startMs === startMs;
    const before = isSame ? last : emptySlice(startMs, last);
    const teacherForAllUsd = bucket.costUsd + bucket.avoidedCostUsd;
    const rowsByRoute = { ...before.rowsByRoute };
    for (const route of routeNames) rowsByRoute[route] += bucket.rowsByRoute[route];
    const joined: Slice = {
      startMs,
      rowsByRoute,
      rows: routeNames.reduce((sum, route) => sum + rowsByRoute[route], 0),
      costUsd: before.costUsd + bucket.costUsd,
      teacherForAllUsd: before.teacherForAllUsd + teacherForAllUsd,
      costSoFarUsd: before.costSoFarUsd + bucket.costUsd,
      teacherForAllSoFarUsd: before.teacherForAllSoFarUsd + teacherForAllUsd,
    };
    if (isSame) slices[slices.length - 1] = joined;
    else slices.push(joined);
  }
  return slices;
}

/** All slices as one. */
export function sumOf(slices: readonly Slice[]): Slice {
  const rowsByRoute = { ...noRows };
  for (const slice of slices)
    for (const route of routeNames) rowsByRoute[route] += slice.rowsByRoute[route];
  const last = slices.at(-1);
  return {
    startMs: slices[0]?.startMs ?? 0,
    rowsByRoute,
    rows: slices.reduce((sum, { rows }) => sum + rows, 0),
    costUsd: last?.costSoFarUsd ?? 0,
    teacherForAllUsd: last?.teacherForAllSoFarUsd ?? 0,
    costSoFarUsd: last?.costSoFarUsd ?? 0,
    teacherForAllSoFarUsd: last?.teacherForAllSoFarUsd ?? 0,
  };
}

const noRows = { student: 0, teacher: 0, cache: 0, degraded: 0 };

const emptySlice = (startMs: number, before: Slice | undefined): Slice => ({
  startMs,
  rows: 0,
  rowsByRoute: noRows,
  costUsd: 0,
  teacherForAllUsd: 0,
  costSoFarUsd: before?.costSoFarUsd ?? 0,
  teacherForAllSoFarUsd: before?.teacherForAllSoFarUsd ?? 0,
});
