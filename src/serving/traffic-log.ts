import type { RouteName, TaskJson, TrafficJson } from '../http/api-types.js';
import { isLabelledLater } from './captured-row.js';
import type { TaskBus } from './task-bus.js';
import { noRows, routeNames, type TrafficTally } from './traffic-tally.js';

type Bucket = {
  readonly startMs: number;
  readonly rowsByRoute: Record<RouteName, number>;
  costUsd: number;
  avoidedCostUsd: number;
};

const bucketMs = 5_000;
/** One hour. */
const bucketsMax = 720;
/** Rows that the shown coverage looks back on. */
const coverageRowsMax = 1_000;

export interface TrafficLog {
  recent(minutes: number): TrafficJson;
  totals(): TaskJson['totals'];
  /** Share of the newest rows that the student answered; null before any. */
  coverage(): number | null;
}

/**
 * Keeps the last hour of a task's traffic in memory, for the console; Prometheus keeps
 * the rest.
 *
 * @param options  teacherCostPerRowUsd: what each row would have cost with the teacher for all.
 */
export function createTrafficLog(
  bus: TaskBus,
  { teacherCostPerRowUsd, now }: { teacherCostPerRowUsd: number; now: () => number },
): TrafficLog {
  const buckets = createBuckets(now);
  const totals = { requests: 0, rowsByRoute: noRows(), costUsd: 0, avoidedCostUsd: 0 };
  const newest = createNewestRows();

  function spend(bucket: Bucket, costUsd: number, avoidedCostUsd: number): void {
    for (const sums of [bucket, totals]) {
      sums.costUsd += costUsd;
      sums.avoidedCostUsd += avoidedCostUsd;
    }
  }

  function count({ requests, rowsByRoute, costUsd }: TrafficTally): void {
    const bucket = buckets.present();
    totals.requests += requests;
    let rows = 0;
    for (const route of routeNames) {
      bucket.rowsByRoute[route] += rowsByRoute[route];
      totals.rowsByRoute[route] += rowsByRoute[route];
      rows += rowsByRoute[route];
    }
    spend(bucket, costUsd, teacherCostPerRowUsd * rows - costUsd);
    // An answer that is given again was the student's or the teacher's before: it was counted then.
    newest.add({ rows: rows - rowsByRoute.cache, studentRows: rowsByRoute.student });
  }

  bus.on('tallied', count);
  bus.on('captured', (rows) => {
    const costUsd = rows.filter(isLabelledLater).reduce((sum, row) => sum + row.costUsd, 0);
    if (costUsd > 0) spend(buckets.present(), costUsd, -costUsd);
  });
  const spendUnseen = (costUsd: number): void => {
    if (costUsd > 0) spend(buckets.present(), costUsd, -costUsd);
  };
  bus.on('teacherChecked', ({ costUsd }) => spendUnseen(costUsd));
  bus.on('teacherCheckLost', (_, costUsd) => spendUnseen(costUsd));
  bus.on('teacherGraded', spendUnseen);
  bus.on('paidInVain', spendUnseen);

  return {
    recent: (minutes) => ({ bucketMs, buckets: buckets.recent(minutes).map(rounded) }),
    totals: () => ({ ...rounded(totals), rowsByRoute: { ...totals.rowsByRoute } }),
    coverage: () => newest.studentShare(),
  };
}

/** Of sums of doubles something is left that should be nothing: an avoided cost of -1e-16. */
const partsOfUsd = 1e12;

function rounded<T extends { readonly costUsd: number; readonly avoidedCostUsd: number }>(
  sums: T,
): T {
  const round = (usd: number): number => Math.round(usd * partsOfUsd) / partsOfUsd + 0; // No -0.
  return { ...sums, costUsd: round(sums.costUsd), avoidedCostUsd: round(sums.avoidedCostUsd) };
}

/** The last hour in steps of 5 s; steps in which nothing happened are not kept. */
function createBuckets(now: () => number) {
  const buckets: Bucket[] = [];
  const presentStartMs = (): number => Math.floor(now() / bucketMs) * bucketMs;
  return {
    /** The bucket that takes what happens now. */
    present(): Bucket {
      const startMs = presentStartMs();
      const last = buckets.at(-1);
      // Also when the clock went back.
      if (last !== undefined && last.startMs >= startMs) return last;
      const bucket = emptyBucket(startMs);
      buckets.push(bucket);
      if (buckets.length > bucketsMax) buckets.shift();
      return bucket;
    },
    /** Those of the last minutes, oldest first, the empty ones too. */
    recent(minutes: number): readonly Bucket[] {
      const count = Math.min(bucketsMax, Math.ceil((minutes * 60_000) / bucketMs));
      const firstStartMs = presentStartMs() - (count - 1) * bucketMs;
      const byStart = new Map(buckets.map((bucket) => [bucket.startMs, bucket]));
      return Array.from({ length: count }, (_, index) => {
        const startMs = firstStartMs + index * bucketMs;
        return byStart.get(startMs) ?? emptyBucket(startMs);
      });
    },
  };
}

const emptyBucket = (startMs: number): Bucket => ({
  startMs,
  rowsByRoute: noRows(),
  costUsd: 0,
  avoidedCostUsd: 0,
});

/** Counts the student's share of the newest rows; requests that came before fade whole. */
function createNewestRows() {
  const requests: { readonly rows: number; readonly studentRows: number }[] = [];
  let rows = 0;
  let studentRows = 0;
  return {
    add(request: { readonly rows: number; readonly studentRows: number }): void {
      if (request.rows === 0) return;
      requests.push(request);
      rows += request.rows;
      studentRows += request.studentRows;
      while (rows - requests[0]!.rows >= coverageRowsMax) {
        const oldest = requests.shift()!;
        rows -= oldest.rows;
        studentRows -= oldest.studentRows;
      }
    },
    studentShare: (): number | null => (rows === 0 ? null : studentRows / rows),
  };
}
