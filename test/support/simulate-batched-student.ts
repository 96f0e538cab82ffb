import { createSeededDraw, type Draw } from '../../src/distillation/seeded-draw.js';
import { OverloadedError } from '../../src/errors.js';
import type { ConcurrencyLimit, Permit } from '../../src/student/concurrency-limit.js';

export interface Scenario {
  readonly limit: (nowMs: () => number) => Pick<ConcurrencyLimit, 'enter'>;
  /** True ms of a run that starts at `atMs`. */
  readonly runMs: (rows: number, atMs: number) => number;
  readonly runRowsMax: number;
  /** Poisson rate of arrivals. */
  readonly requestsPerMs: (atMs: number) => number;
  readonly untilMs: number;
  readonly seed: number;
  /** Rows of the next request; 1 when absent. */
  readonly requestRows?: (draw: Draw) => number;
  /** Runs that go on at once; 1 when absent. */
  readonly runners?: number;
  /** Time of a request outside runs and queues. */
  readonly overheadMs?: number;
  readonly onRun?: (rows: number, ms: number) => void;
}

/** One request that came at `atMs`; `latencyMs` is null when it was refused. */
export interface Served {
  readonly atMs: number;
  readonly rows: number;
  latencyMs: number | null;
}

interface Waiting {
  readonly request: Served;
  readonly permit: Permit;
  rowsToRun: number;
  rowsToEnd: number;
}

/**
 * Plays an open-loop client and a micro-batched student in virtual time: a run takes what waits, at
 * most `runRowsMax` rows, as soon as a runner is free.
 */
export function simulateBatchedStudent(scenario: Scenario): readonly Served[] {
  const { runRowsMax, runMs, requestRows = () => 1, overheadMs = 0, runners = 1 } = scenario;
  const draw = createSeededDraw(scenario.seed);
  const requests: Served[] = [];
  const events = createEvents();
  const limit = scenario.limit(() => events.nowMs());
  let waiting: Waiting[] = [];
  let freeRunners = runners;

  function arrive(): void {
    const request: Served = { atMs: events.nowMs(), rows: requestRows(draw), latencyMs: null };
    requests.push(request);
    const nextMs = request.atMs - Math.log(1 - draw()) / scenario.requestsPerMs(request.atMs);
    if (nextMs < scenario.untilMs) events.at(nextMs, arrive);
    try {
      const permit = limit.enter(request.rows);
      waiting.push({ request, permit, rowsToRun: request.rows, rowsToEnd: request.rows });
      startRun();
    } catch (error) {
      if (!(error instanceof OverloadedError)) throw error;
    }
  }

  function startRun(): void {
    if (freeRunners === 0 || waiting.length === 0) return;
    freeRunners--;
    const parts: { readonly job: Waiting; readonly rows: number }[] = [];
    let runRows = 0;
    let first = 0;
    while (first < waiting.length && runRows < runRowsMax) {
      const job = waiting[first]!;
      const rows = Math.min(job.rowsToRun, runRowsMax - runRows);
      parts.push({ job, rows });
      runRows += rows;
      job.rowsToRun -= rows;
      if (job.rowsToRun === 0) first++;
    }
    waiting = waiting.slice(first);
    const ms = runMs(runRows, events.nowMs());
    events.at(events.nowMs() + ms, () => {
      freeRunners++;
      scenario.onRun?.(runRows, ms);
      for (const { job, rows } of parts) {
        job.rowsToEnd -= rows;
        if (job.rowsToEnd === 0) events.at(events.nowMs() + overheadMs, () => answer(job));
      }
      startRun();
    });
  }

  function answer({ request, permit }: Waiting): void {
    request.latencyMs = events.nowMs() - request.atMs;
    permit.leave('done');
  }

  events.at(0, arrive);
  while (events.playNext());
  return requests;
}

export interface Measured {
  /** Rows answered of those that came in the span, by its length. */
  readonly rowsPerMs: number;
  readonly latencyMsP99: number;
  readonly refusedShare: number;
}

/** What happened to the requests that came within [fromMs, toMs). */
export function measure(
  requests: readonly Served[],
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Measured {
  const came = requests.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  const answered = came.filter(({ latencyMs }) => latencyMs !== null);
  const latencies = answered.map(({ latencyMs }) => latencyMs!).sort((a, b) => a - b);
  return {
    rowsPerMs: answered.reduce((sum, { rows }) => sum + rows, 0) / (toMs - fromMs),
    latencyMsP99: latencies[Math.floor(latencies.length * 0.99)] ?? NaN,
    refusedShare: 1 - answered.length / came.length,
  };
}

/** A clock that jumps from event to event. Equal times: first come, first played. */
export function createEvents() {
  const pending: { readonly atMs: number; readonly play: () => void }[] = [];
  let nowMs = 0;
  return {
    nowMs: () => nowMs,
    /** Few are pending at a time: a sorted array is enough. */
    at(atMs: number, play: () => void): void {
      let place = pending.length;
      while (place > 0 && pending[place - 1]!.atMs <= atMs) place--;
      pending.splice(place, 0, { atMs, play });
    },
    /** @returns false when there is none. */
    playNext(): boolean {
      const event = pending.pop();
      if (event === undefined) return false;
      nowMs = event.atMs;
      event.play();
      return true;
    },
  };
}
