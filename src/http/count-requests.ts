import type { Metrics } from '../telemetry/metrics.js';

export type CountRequest = (path: 'predict' | 'other', status: number) => void;

/** Counts requests by their path and status, and looks each pair up once. */
export function createRequestCounter(metrics: Pick<Metrics, 'counterOf'>): CountRequest {
  const counters = new Map<string, (amount: number) => void>();
  return (path, status) => {
    const key = `${path} ${status}`;
    const counter =
      counters.get(key) ?? metrics.counterOf('httpRequests', { path, status: String(status) });
    counters.set(key, counter);
    counter(1);
  };
}

/** Counted for who hung up before the answer, as nginx does. */
export const goneStatus = 499;
