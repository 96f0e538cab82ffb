import { createTurns } from '../files/in-turn.js';
import type { Metrics, MetricsJson } from '../telemetry/metrics.js';
import type { Channel } from './channel.js';
import type { PrimaryCalls } from './protocol.js';

/** So much, ms, of what a worker has counted is lost when it is killed. */
const pushEveryMs = 1000;

export interface PushedMetrics {
  /** What is counted by now; never older than what was given before. */
  readonly json: () => Promise<MetricsJson>;
  stop(): void;
}

/** Tells the primary what is counted, all the time: what is killed can not be asked any more. */
export function pushMetrics(
  metrics: Pick<Metrics, 'json'>,
  primary: Channel<PrimaryCalls>,
): PushedMetrics {
  const { inTurn } = createTurns();
  let isPushing = false;

  async function push(): Promise<void> {
    isPushing = true;
    try {
      // In turn, too, with what the primary asks for: the newer one comes later.
      await inTurn(async () => primary.call('metrics', await metrics.json()));
    } finally {
      isPushing = false;
    }
  }
  const timer = setInterval(() => {
    if (!isPushing) push().catch(() => {}); // Without the primary this process ends.
  }, pushEveryMs);

  return {
    json: () => inTurn(() => metrics.json()),
    stop: () => clearInterval(timer),
  };
}
