import type { RouteName, TaskJson, TrafficJson } from '../http/api-types.js';
import { isAudit } from './captured-row.js';
import type { TaskBus } from './task-bus.js';

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
  const buckets: Bucket[] = [];
  const events: TrafficEvent[] = [];
  const totals = { requests: 0, rowsByRoute: noRows(), costUsd: 0, avoidedCostUsd: 0 };
  const newestAreStudent: boolean[] = [];

  function bucketNow(): Bucket {
    const startMs = Math.floor(now() / bucketMs) * bucketMs;
    const last = buckets.at(-1);
    // Also when the clock went back.
    if (last !== undefined && last.startMs >= startMs) return last;
    const bucket = { startMs, rowsByRoute: noRows(), costUsd: 0, avoidedCostUsd: 0 };
    buckets.push(bucket);
    if (buckets.length > bucketsMax) buckets.shift();
    return bucket;
  }

  function spend(bucket: Bucket, costUsd: number, avoidedCostUsd: number): void {
    for (const sums of [bucket, totals]) {
      sums.costUsd += costUsd;
      sums.avoidedCostUsd += avoidedCostUsd;
    }
  }

  bus.on('answered', (answers) => {
    const bucket = bucketNow();
    totals.requests++;
    for (const { route, costUsd } of answers) {
      bucket.rowsByRoute[route]++;
      totals.rowsByRoute[route]++;
      spend(bucket, costUsd, teacherCostPerRowUsd - costUsd);
      newestAreStudent.push(route === 'student');
    }
    if (newestAreStudent.length > coverageRowsMax)
      newestAreStudent.splice(0, newestAreStudent.length - coverageRowsMax);
  });
  bus.on('captured', (rows) => {
    const auditUsd = rows.filter(isAudit).reduce((sum, { costUsd }) => sum + costUsd, 0);
    if (auditUsd > 0) spend(bucketNow(), auditUsd, -auditUsd);
  });
  tellEvents(bus, (kind, text) => {
    events.push({ atMs: now(), kind, text });
    if (events.length > eventsMax) events.shift();
  });

  return {
    recent(minutes) {
      const count = Math.min(bucketsMax, Math.ceil((minutes * 60_000) / bucketMs));
      const lastStartMs = Math.floor(now() / bucketMs) * bucketMs;
      const byStart = new Map(buckets.map((bucket) => [bucket.startMs, bucket]));
      const firstStartMs = lastStartMs - (count - 1) * bucketMs;
      return {
        bucketMs,
        buckets: Array.from({ length: count }, (_, index) => {
          const startMs = firstStartMs + index * bucketMs;
          const empty = { startMs, rowsByRoute: noRows(), costUsd: 0, avoidedCostUsd: 0 };
          return byStart.get(startMs) ?? empty;
        }),
        events: [...events],
      };
    },
    totals: () => ({ ...totals, rowsByRoute: { ...totals.rowsByRoute } }),
    coverage() {
      const rows = newestAreStudent.length;
      return rows === 0 ? null : newestAreStudent.filter(Boolean).length / rows;
    },
  };
}

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
  bus.on('studentChanged', (version, how) => tell(`student-${how}`, `${version} answers now.`));
  bus.on('policyChanged', (patch) =>
    tell('policy-changed', `The policy was changed: ${JSON.stringify(patch)}.`),
  );
}

const noRows = (): Record<RouteName, number> => ({ student: 0, teacher: 0, cache: 0, degraded: 0 });
