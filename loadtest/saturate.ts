import type { Histogram } from 'hdr-histogram-js';
import type { Outcome } from './client/connection.js';
import { createConnectionPool } from './client/connection-pool.js';
import { requestBytesOf } from './client/request-bytes.js';
import { microseconds, newHistogram } from './latency-histogram.js';

export interface SaturateOptions {
  /** Where each request goes (POST, JSON). */
  readonly url: string;
  /** Bodies, sent in turn. */
  readonly bodies: readonly Uint8Array[];
  /** Requests in flight at any time. */
  readonly connections: number;
  /** Answers before this are not counted. */
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** Ends sooner when so many are answered. Default: none. */
  readonly requestsMax?: number;
  readonly timeoutMs: number;
}

export interface SaturateResult {
  readonly answered: number;
  /** By what they were, as in an open loop. */
  readonly failures: Readonly<Record<string, number>>;
  readonly perSecond: number;
  /** Counted time, until the last counted answer at the latest. */
  readonly seconds: number;
  /**
   * Microseconds from sending to the last byte. With one connection it is what a lone caller waits;
   * with more it only says how long the queue was that this generator made itself.
   */
  readonly roundTripUs: Histogram;
}

/**
 * Keeps every connection busy: each sends its next request when its last one is answered. A closed
 * loop: it finds the throughput, and says nothing of what callers wait.
 */
export async function runSaturate(options: SaturateOptions): Promise<SaturateResult> {
  const { connections, warmUpSeconds, seconds, requestsMax = Infinity } = options;
  const pool = createConnectionPool({ ...options, connectionsMax: connections });
  const requests = options.bodies.map((body) => requestBytesOf(options.url, body));
  const roundTripUs = newHistogram();
  const failures: Record<string, number> = {};
  const startedMs = performance.now();
  const countedFromMs = startedMs + warmUpSeconds * 1000;
  const endMs = countedFromMs + seconds * 1000;
  let next = 0;
  let answered = 0;
  let lastMs = countedFromMs;

  function count(outcome: Outcome, { sentMs, nowMs }: { sentMs: number; nowMs: number }): void {
    if (nowMs < countedFromMs || nowMs > endMs) return;
    if (outcome.kind === 'answered' && outcome.status === 200) {
      answered++;
      lastMs = nowMs;
      roundTripUs.recordValue(microseconds(nowMs - sentMs));
      return;
    }
    const why = outcome.kind === 'failed' ? outcome.why : String(outcome.status);
    failures[why] = (failures[why] ?? 0) + 1;
  }

  function work(onDone: () => void): void {
    const sentMs = performance.now();
    pool.send(requests[next++ % requests.length]!, (outcome) => {
      const nowMs = performance.now();
      count(outcome, { sentMs, nowMs });
      if (nowMs >= endMs || answered >= requestsMax) onDone();
      else if (outcome.kind === 'failed')
        setTimeout(() => work(onDone), 10); // Nobody there.
      else work(onDone);
    });
  }

  const workers = Array.from({ length: connections }, () => new Promise<void>(work));
  await Promise.all(workers);
  pool.close();
  const countedSeconds = answered >= requestsMax ? (lastMs - countedFromMs) / 1000 : seconds;
  const perSecond = answered / countedSeconds;
  return { answered, failures, perSecond, seconds: countedSeconds, roundTripUs };
}
