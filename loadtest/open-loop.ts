import type { Histogram } from 'hdr-histogram-js';
import type { Draw } from '../src/distillation/seeded-draw.js';
import { createConnectionPool } from './client/connection-pool.js';
import type { Outcome } from './client/connection.js';
import { requestBytesOf } from './client/request-bytes.js';
import { microseconds, newHistogram } from './latency-histogram.js';

export interface OpenLoopOptions {
  /** Where each request goes. */
  readonly url: string;
  /** Default POST, of JSON. */
  readonly method?: 'GET' | 'POST';
  /** Bodies, sent in turn. */
  readonly bodies: readonly Uint8Array[];
  /** Mean arrivals a second. */
  readonly ratePerSecond: number;
  /** Arrivals before this are sent and not counted. */
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** A request without an answer after this is an error. */
  readonly timeoutMs: number;
  readonly connectionsMax: number;
  /**
   * `exact` (default) yields until a request is due, which takes a core; `sparing` sleeps, up to a
   * ms too long, and leaves the core to a server that needs it.
   */
  readonly pacing?: 'exact' | 'sparing';
  /** Keeps every answer's moment and latency, for who cuts the time into windows. */
  readonly keepSamples?: boolean;
  readonly draw: Draw;
  /** Names the group that an answer is counted in, for example its route. */
  readonly groupOf: (body: string) => string;
}

export interface OpenLoopResult {
  readonly sent: number;
  readonly answered: number;
  /**
   * Answers whose last byte came within `seconds`, also those due in the warm-up: divided by it,
   * the goodput. What an overloaded server answers after the load has ended is not among them.
   */
  readonly answeredInside: number;
  /** Failures by what they were: `503`, `ECONNRESET`, `timeout`. */
  readonly failures: Readonly<Record<string, number>>;
  /** Microseconds from the scheduled moment to the last byte, by group. */
  readonly latencyUs: ReadonlyMap<string, Histogram>;
  /** The same of answers that were not 200, by status: how fast a server says no. */
  readonly refusedUs: ReadonlyMap<string, Histogram>;
  /** Microseconds from the scheduled moment to the sending: what the generator itself adds. */
  readonly latenessUs: Histogram;
  /** Requests that waited for one of `connectionsMax`; their wait counts as latency. */
  readonly connectionWaits: number;
  readonly seconds: number;
  /** With `keepSamples`: answers of 200 in the order of their end. */
  readonly samples: readonly Sample[];
}

export interface Sample {
  /** When it was due, ms since the epoch, with fractions. */
  readonly dueAtMs: number;
  readonly latencyMs: number;
}

/**
 * Sends requests at the moments of a Poisson process, whether or not earlier ones are answered, and
 * measures each from its scheduled moment. A closed loop would wait with a stalled server and call
 * its p99 small: of one that stood still for a second, autocannon told 1 ms where callers waited
 * 985 (measured once; `test/loadtest/open-loop.test.ts` has a stall that must be seen).
 */
export async function runOpenLoop(options: OpenLoopOptions): Promise<OpenLoopResult> {
  const { ratePerSecond, warmUpSeconds, seconds, draw } = options;
  const pool = createConnectionPool(options);
  const { url, method = 'POST' } = options;
  const requests = options.bodies.map((body) => requestBytesOf(url, body, { method }));
  const tally = createTally(options);
  const startedMs = performance.now();
  const countedFromMs = startedMs + warmUpSeconds * 1000;
  const endMs = countedFromMs + seconds * 1000;
  let inFlight = 0;
  let answeredInside = 0;
  let onAllAnswered = (): void => {};

  function sendOne(request: Uint8Array, dueMs: number): void {
    const isCounted = dueMs >= countedFromMs;
    if (isCounted) tally.sent(performance.now() - dueMs);
    inFlight++;
    pool.send(request, (outcome) => {
      const nowMs = performance.now();
      if (isCounted) tally.ended(outcome, { latencyMs: nowMs - dueMs, dueMs });
      if (isOk(outcome) && nowMs >= countedFromMs && nowMs <= endMs) answeredInside++;
      if (--inFlight === 0) onAllAnswered();
    });
  }

  let dueMs = startedMs;
  for (let index = 0; ; index++) {
    dueMs += (-Math.log(1 - draw()) / ratePerSecond) * 1000;
    if (dueMs >= endMs) break;
    if (dueMs > performance.now()) await untilMs(dueMs, options.pacing ?? 'exact');
    else if (index % 64 === 0) await new Promise(setImmediate); // Late: still reads answers.
    sendOne(requests[index % requests.length]!, dueMs);
  }
  if (inFlight > 0) await new Promise<void>((resolve) => (onAllAnswered = resolve));
  pool.close();
  return { ...tally.result(), answeredInside, connectionWaits: pool.waits, seconds };
}

interface Ended {
  readonly latencyMs: number;
  readonly dueMs: number;
}

const isOk = (outcome: Outcome): boolean => outcome.kind === 'answered' && outcome.status === 200;

function createTally({ groupOf, keepSamples = false }: OpenLoopOptions) {
  const latencyUs = new Map<string, Histogram>();
  const refusedUs = new Map<string, Histogram>();
  const latenessUs = newHistogram();
  const failures: Record<string, number> = {};
  const samples: Sample[] = [];
  let sent = 0;
  let answered = 0;

  function ended(outcome: Outcome, { latencyMs, dueMs }: Ended): void {
    if (outcome.kind === 'answered' && outcome.status === 200) {
      answered++;
      record(latencyUs, groupOf(outcome.body.toString('utf8')), latencyMs);
      if (keepSamples) samples.push({ dueAtMs: performance.timeOrigin + dueMs, latencyMs });
      return;
    }
    const why = outcome.kind === 'failed' ? outcome.why : String(outcome.status);
    failures[why] = (failures[why] ?? 0) + 1;
    if (outcome.kind === 'answered') record(refusedUs, why, latencyMs);
  }

  return {
    sent(lateMs: number) {
      sent++;
      latenessUs.recordValue(microseconds(lateMs));
    },
    ended,
    result: () => ({ sent, answered, failures, latencyUs, refusedUs, latenessUs, samples }),
  };
}

function record(histograms: Map<string, Histogram>, group: string, ms: number): void {
  const histogram = histograms.get(group) ?? newHistogram();
  histograms.set(group, histogram);
  histogram.recordValue(microseconds(ms));
}

/** Timers are a millisecond coarse: sleeps through all but the last two, then yields until due. */
async function untilMs(dueMs: number, pacing: 'exact' | 'sparing'): Promise<void> {
  if (pacing === 'sparing') {
    while (performance.now() < dueMs) await sleep(Math.max(1, dueMs - performance.now()));
    return;
  }
  const aheadMs = dueMs - performance.now();
  if (aheadMs > 2) await sleep(aheadMs - 2);
  while (performance.now() < dueMs) await new Promise(setImmediate);
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
