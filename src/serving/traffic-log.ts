import type { PolicyPatchJson, RouteName, TaskJson, TrafficJson } from '../http/api-types.js';
import { isLabelledLater } from './captured-row.js';
import { percentSet } from '../task/percent.js';
import type { TaskBus } from './task-bus.js';
import { noRows, routeNames, tallyOf, type TrafficTally } from './traffic-tally.js';

type TrafficEvent = TrafficJson['events'][number];
type Bucket = {
  readonly startMs: number;
  readonly rowsByRoute: Record<RouteName, number>;
  costUsd: number;
  avoidedCostUsd: number;
};

const bucketMs = 5_000;
/** One hour. */
const bucketsMax = 720;
const eventsMax = 200;
/** Rows that the shown coverage looks back on. */
const coverageRowsMax = 1_000;

export interface TrafficLog {
  recent(minutes: number): TrafficJson;
  totals(): TaskJson['totals'];
  /** Share of the newest rows that the student answered; null before any. */
  coverage(): number | null;
}

/**
 * Keeps the last hour of a task's traffic and events in memory, for the console; Prometheus keeps
 * the rest.
 *
 * @param options  teacherCostPerRowUsd: what each row would have cost with the teacher for all.
 */
export function createTrafficLog(
  bus: TaskBus,
  { teacherCostPerRowUsd, now }: { teacherCostPerRowUsd: number; now: () => number },
): TrafficLog {
  const buckets = createBuckets(now);
  const events: TrafficEvent[] = [];
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

  bus.on('answered', (answers) => count(tallyOf(answers)));
  bus.on('tallied', count);
  bus.on('captured', (rows) => {
    const costUsd = rows.filter(isLabelledLater).reduce((sum, row) => sum + row.costUsd, 0);
    if (costUsd > 0) spend(buckets.present(), costUsd, -costUsd);
  });
  tellEvents(bus, (kind, text) => {
    events.push({ atMs: now(), kind, text });
    if (events.length > eventsMax) events.shift();
  });

  return {
    recent: (minutes) => ({ bucketMs, buckets: buckets.recent(minutes), events: [...events] }),
    totals: () => ({ ...totals, rowsByRoute: { ...totals.rowsByRoute } }),
    coverage: () => newest.studentShare(),
  };
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

/** Puts what happened into words for the console's timeline. */
function tellEvents(bus: TaskBus, tell: (kind: string, text: string) => void): void {
  bus.on('guarantee', (event) => {
    if (event.kind === 'certificate-lost') {
      tell(event.kind, event.why);
      return;
    }
    const { threshold, rows, disagreements, coverage } = event.certificate;
    const share = Math.round(coverage * 100);
    tell(
      event.kind,
      `Threshold ${threshold.toFixed(3)} certified: ${disagreements} of ${rows} holdout rows ` +
        `differ. The student may answer about ${share} %.`,
    );
  });
  bus.on('runStarted', ({ id, trigger }) =>
    tell('run-started', `Run ${id} started by ${trigger}.`),
  );
  bus.on('runEnded', ({ state, message, reasons }) =>
    tell(`run-${state}`, [message, ...reasons].join(' ')),
  );
  bus.on('studentChanged', (version, how) =>
    tell(
      `student-${how}`,
      how === 'added' ? `${version} was added and can be promoted.` : `${version} answers now.`,
    ),
  );
  bus.on('policyChanged', (patch) =>
    tell('policy-changed', `The policy was changed: ${policyWords(patch)}.`),
  );
}

/** `mode budget, riskMax 5 %`: every number of a policy is a share; what is not, is as in JSON. */
const policyWords = (patch: PolicyPatchJson): string =>
  Object.entries(patch)
    .map(([name, value]) => `${name} ${policyWord(value)}`)
    .join(', ') || 'nothing';

function policyWord(value: unknown): string {
  if (typeof value === 'number') return percentSet(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

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
