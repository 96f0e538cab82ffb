import { setTimeout as sleep } from 'node:timers/promises';
import { createTurns } from '../files/in-turn.js';
import { mergedText, summed, withoutGauges, type MetricsJson } from '../telemetry/metrics.js';
import type { WorkerHandle } from './worker-handle.js';

/** Metrics of all workers, those included that have ended. */
export interface FleetMetrics {
  /** Keeps what a worker has counted that has ended. */
  keep(metrics: MetricsJson): void;
  text(own: MetricsJson, workers: Iterable<WorkerHandle>): Promise<string>;
}

/** A scrape waits so long, ms, for a worker's numbers; then those it pushed last do. */
const askMsMax = 1000;

export function createFleetMetrics(): FleetMetrics {
  const { inTurn } = createTurns();
  /** Their sum, and after it those that are not in it yet: a scrape in between misses none. */
  const ended: MetricsJson[] = [];
  const asked = new WeakMap<WorkerHandle, Promise<void>>();

  async function sumUp(): Promise<void> {
    const parts = [...ended];
    ended.splice(0, parts.length, await summed(parts));
  }
  async function ask(handle: WorkerHandle): Promise<void> {
    try {
      handle.metrics = await handle.channel.call('metrics', null);
    } catch {
      // It has gone, or is not open yet: what is known of it does.
    } finally {
      asked.delete(handle);
    }
  }
  /** One question at a time: a worker that hangs is not asked anew by each scrape. */
  function askOnce(handle: WorkerHandle): Promise<void> {
    const asking = asked.get(handle) ?? ask(handle);
    if (!handle.hasGone()) asked.set(handle, asking);
    return asking;
  }

  return {
    keep(metrics) {
      ended.push(withoutGauges(metrics));
      void inTurn(sumUp);
    },
    async text(own, workers) {
      const handles = [...workers];
      const late = sleep(askMsMax, null, { ref: false });
      await Promise.race([Promise.all(handles.map(askOnce)), late]);
      return mergedText([own, ...ended, ...[...workers].map(({ metrics }) => metrics)]);
    },
  };
}
