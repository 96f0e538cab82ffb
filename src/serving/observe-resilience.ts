import type { BreakerState } from '../teacher/resilience/circuit-breaker.js';
import type { ResilienceObserver, TeacherState } from '../teacher/resilience/resilient-teacher.js';
import type { Log } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';
import { createSampler } from '../telemetry/sampler.js';

/** A teacher that asks for pauses all the time is worth a line this often, ms. */
const pausedEveryMs = 10_000;
const breakerValues: Readonly<Record<BreakerState, number>> = {
  closed: 0,
  'half-open': 1,
  open: 2,
};

interface Context {
  readonly task: string;
  readonly teacher: string;
  readonly metrics: Metrics;
}

/** Counts what is done beside the calls of one teacher, and writes down when its breaker turns. */
export function observeResilience({
  log,
  now,
  ...context
}: Context & { readonly log: Log; readonly now: () => number }): ResilienceObserver {
  const { metrics, task, teacher } = context;
  const sample = createSampler(pausedEveryMs, now);
  metrics.add('teacherBreakerOpened', { task, teacher }, 0); // Growth is seen from the first one.
  for (const how of ['retry', 'hedge'])
    metrics.add('teacherFurtherAttempts', { task, teacher, how }, 0);
  return {
    breakerChanged(state, waitMs) {
      if (state === 'open') {
        metrics.add('teacherBreakerOpened', { task, teacher });
        log.warn('teacher-breaker-opened', { task, teacher, waitMs });
      } else
        log.info(`teacher-breaker-${state === 'closed' ? 'closed' : 'probes'}`, { task, teacher });
    },
    triedAgain: (how) => metrics.add('teacherFurtherAttempts', { task, teacher, how }),
    paused(durationMs) {
      const sampled = sample('paused');
      if (sampled !== null) log.warn('teacher-paused', { task, teacher, durationMs, ...sampled });
    },
  };
}

/** Shows how it stands with a teacher whenever metrics are read. */
export function measureTeacherState(
  { metrics, task, teacher }: Context,
  state: () => TeacherState,
): void {
  metrics.beforeScrape(() => {
    const { breaker, limitCalls, inFlightCalls, waitingCalls } = state();
    metrics.set('teacherBreaker', { task, teacher }, breakerValues[breaker]);
    metrics.set('teacherLimitCalls', { task, teacher }, limitCalls);
    metrics.set('teacherInFlightCalls', { task, teacher }, inFlightCalls);
    metrics.set('teacherWaitingCalls', { task, teacher }, waitingCalls);
  });
}
