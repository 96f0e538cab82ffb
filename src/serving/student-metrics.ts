import type { OnnxStudent } from '../student/onnx-student.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { AnswerCache } from './answer-cache.js';
import type { TaskBus } from './task-bus.js';

/** Measures the student and the answer cache of the process that answers with them. */
export function measureStudent(
  bus: TaskBus,
  metrics: Metrics,
  context: {
    readonly task: string;
    readonly student: () => OnnxStudent | null;
    readonly known: AnswerCache | null;
  },
): void {
  const { task, student, known } = context;
  metrics.add('refusedRows', { task }, 0); // There from the start: its first growth must be seen.
  bus.on('refused', (rows) => metrics.add('refusedRows', { task }, rows));
  metrics.beforeScrape(() => {
    const present = student();
    metrics.set('studentRunRows', { task }, present?.runRowsMax() ?? null);
    metrics.set('studentQueueRows', { task }, present?.queuedRows() ?? null);
    metrics.set('studentLimitRows', { task }, present?.limit.limitRows ?? null);
    metrics.set('studentInFlightRows', { task }, present?.limit.inFlightRows ?? null);
    if (known !== null) metrics.set('answerCacheBytes', { task }, known.stats.bytes);
  });
  if (known !== null) countCache(metrics, task, known);
}

/** The cache counts by itself: what has come since the last scrape is added. */
function countCache(metrics: Metrics, task: string, known: AnswerCache): void {
  let told = { hits: 0, misses: 0, evictions: 0 };
  metrics.beforeScrape(() => {
    const { hits, misses, evictions } = known.stats;
    metrics.add('answerCacheLookups', { task, outcome: 'hit' }, hits - told.hits);
    metrics.add('answerCacheLookups', { task, outcome: 'miss' }, misses - told.misses);
    metrics.add('answerCacheEvictions', { task }, evictions - told.evictions);
    told = { hits, misses, evictions };
  });
}
