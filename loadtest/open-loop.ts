import { Agent, request } from 'node:http';
import { build, type Histogram } from 'hdr-histogram-js';
import type { Draw } from '../src/distillation/seeded-draw.js';

export interface OpenLoopOptions {
  /** Where each request goes (POST, JSON). */
  readonly url: string;
  /** Bodies, sent in turn. */
  readonly bodies: readonly Buffer[];
  /** Mean arrivals a second. */
  readonly ratePerSecond: number;
  /** Arrivals before this are sent and not counted. */
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** A request without an answer after this is an error. */
  readonly timeoutMs: number;
  readonly connectionsMax: number;
  readonly draw: Draw;
  /** Names the group that an answer is counted in, for example its route. */
  readonly groupOf: (body: string) => string;
}

export interface OpenLoopResult {
  readonly sent: number;
  readonly answered: number;
  /** Failures by what they were: `503`, `ECONNRESET`, `timeout`. */
  readonly failures: Readonly<Record<string, number>>;
  /** Microseconds from the scheduled moment to the last byte, by group. */
  readonly latencyUs: ReadonlyMap<string, Histogram>;
  /** Microseconds from the scheduled moment to the sending: what the generator itself adds. */
  readonly latenessUs: Histogram;
  readonly seconds: number;
}

/** 1 microsecond to a minute, three significant digits. */
const newHistogram = (): Histogram =>
  build({ lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000, useWebAssembly: false });

/**
 * Sends requests at the moments of a Poisson process, whether or not earlier ones are answered, and
 * measures each from its scheduled moment. A closed loop would wait with a stalled server and call
 * its p99 small: of one that stood still for a second, autocannon told 1 ms where callers waited
 * 985 (measured once; `test/loadtest/open-loop.test.ts` has a stall that must be seen).
 */
export async function runOpenLoop(options: OpenLoopOptions): Promise<OpenLoopResult> {
  const { ratePerSecond, warmUpSeconds, seconds, bodies, draw } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: options.connectionsMax });
  const latencyUs = new Map<string, Histogram>();
  const latenessUs = newHistogram();
  const failures: Record<string, number> = {};
  const pending = new Set<Promise<void>>();
  let sent = 0;
  let answered = 0;

  const startedMs = performance.now();
  const countedFromMs = startedMs + warmUpSeconds * 1000;
  const endMs = countedFromMs + seconds * 1000;
  let scheduledMs = startedMs;

  async function sendOne(body: Buffer, atMs: number): Promise<void> {
    const isCounted = atMs >= countedFromMs;
    const sentMs = performance.now();
    const outcome = await post(options, body, agent);
    if (!isCounted) return;
    sent++;
    latenessUs.recordValue(microseconds(sentMs - atMs));
    if (outcome.kind === 'failed') {
      failures[outcome.why] = (failures[outcome.why] ?? 0) + 1;
      return;
    }
    answered++;
    const group = options.groupOf(outcome.body);
    const histogram = latencyUs.get(group) ?? newHistogram();
    latencyUs.set(group, histogram);
    histogram.recordValue(microseconds(outcome.endedMs - atMs));
  }

  for (let index = 0; ; index++) {
    scheduledMs += (-Math.log(1 - draw()) / ratePerSecond) * 1000;
    if (scheduledMs >= endMs) break;
    await untilMs(scheduledMs);
    const work = sendOne(bodies[index % bodies.length]!, scheduledMs);
    pending.add(work);
    void work.finally(() => pending.delete(work));
  }
  await Promise.all(pending);
  agent.destroy();
  return { sent, answered, failures, latencyUs, latenessUs, seconds };
}

const microseconds = (ms: number): number => Math.max(1, Math.round(ms * 1000));

/** Timers are a millisecond coarse: sleeps through all but the last two, then yields until due. */
async function untilMs(dueMs: number): Promise<void> {
  const aheadMs = dueMs - performance.now();
  if (aheadMs > 2) await new Promise((resolve) => setTimeout(resolve, aheadMs - 2));
  while (performance.now() < dueMs) await new Promise(setImmediate);
}

type Outcome =
  | { readonly kind: 'answered'; readonly body: string; readonly endedMs: number }
  | { readonly kind: 'failed'; readonly why: string };

function post({ url, timeoutMs }: OpenLoopOptions, body: Buffer, agent: Agent): Promise<Outcome> {
  const headers = { 'content-type': 'application/json', 'content-length': body.byteLength };
  return new Promise((resolve) => {
    const fail = (why: string): void => resolve({ kind: 'failed', why });
    const signal = AbortSignal.timeout(timeoutMs);
    const call = request(url, { method: 'POST', agent, headers, signal }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => fail('cut off'));
      response.on('end', () => {
        if (response.statusCode !== 200) return void fail(String(response.statusCode));
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ kind: 'answered', body: text, endedMs: performance.now() });
      });
    });
    call.on('error', (error: NodeJS.ErrnoException) =>
      fail(signal.aborted ? 'timeout' : (error.code ?? error.message)),
    );
    call.end(body);
  });
}
