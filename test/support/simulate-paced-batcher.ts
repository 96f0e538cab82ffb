import { createSeededDraw, type Draw } from '../../src/distillation/seeded-draw.js';
import { OverloadedError } from '../../src/errors.js';
import type { ModelRunner } from '../../src/model/model-runner.js';
import { createPacedBatcher } from '../../src/student/paced-batcher.js';
import type { Input } from '../../src/task/task.js';
import { createEvents } from './simulate-batched-student.js';
import { turnsOfTheLoop } from './until.js';

export interface PacedScenario {
  /** Ms of a run by its rows, as measured before the traffic. */
  readonly measuredMs: (rows: number) => number;
  /** True ms of a run that starts at `atMs`. */
  readonly runMs: (rows: number, at: { readonly atMs: number; readonly draw: Draw }) => number;
  readonly lanes?: number;
  /** Poisson rate of arrivals. */
  readonly requestsPerMs: number;
  readonly untilMs: number;
  /** Rows of the next request; 1 when absent. */
  readonly requestRows?: (draw: Draw) => number;
  /** Of every caller; none when absent. */
  readonly timeoutMs?: number;
}

/** What happened to one request. */
export interface Outcome {
  readonly atMs: number;
  readonly rows: number;
  /** `late`: its deadline passed first. */
  readonly kind: 'answered' | 'refused' | 'late';
  readonly latencyMs: number;
  readonly retryAfterSeconds: number;
}

/**
 * Plays an open-loop client in virtual time against the real batcher and limit before a model that
 * takes as long as it is told, in the way `predict.ts` asks them.
 */
export async function simulatePacedBatcher(scenario: PacedScenario): Promise<readonly Outcome[]> {
  const { lanes = 1, requestRows = () => 1, timeoutMs, untilMs } = scenario;
  const draw = createSeededDraw(7);
  const costDraw = createSeededDraw(8);
  const events = createEvents();
  const outcomes: Outcome[] = [];
  const runner: ModelRunner = {
    kind: 'worker',
    lanes,
    run(inputs, spent) {
      const ms = scenario.runMs(inputs.length, { atMs: events.nowMs(), draw: costDraw });
      spent!.add(ms);
      return new Promise((resolve) => {
        events.at(events.nowMs() + ms, () => resolve(inputs.map(() => new Float32Array(1))));
      });
    },
    close: async () => {},
  };
  const { batcher, limit } = createPacedBatcher(runner, {
    curve: [1, 2, 4, 8, 16, 32, 64].map((rows) => ({ rows, ms: scenario.measuredMs(rows) })),
    batching: 'exact',
    runMsTarget: 25,
    queueRowsMax: 4096,
    isLimitAdaptive: true,
    nowMs: events.nowMs,
  });

  async function ask(rows: number): Promise<void> {
    const atMs = events.nowMs();
    const end = (kind: Outcome['kind'], retryAfterSeconds = 0): void =>
      void outcomes.push({ atMs, rows, kind, latencyMs: events.nowMs() - atMs, retryAfterSeconds });
    const leftMs = (): number | null =>
      timeoutMs === undefined ? null : Math.max(1, atMs + timeoutMs - events.nowMs());
    const waiter = {
      get aborted() {
        return timeoutMs !== undefined && events.nowMs() >= atMs + timeoutMs;
      },
      leftMs,
    };
    try {
      const permit = limit.enter(rows);
      const inputs = Array.from({ length: rows }, (): Input => new Uint8Array(1));
      await batcher.predict(inputs, waiter).then(
        () => permit.leave('done'),
        (error: unknown) => {
          permit.leave('dropped');
          throw error;
        },
      );
      end(waiter.aborted ? 'late' : 'answered');
    } catch (error) {
      if (error instanceof OverloadedError) end('refused', error.retryAfterSeconds);
      else end('late');
    }
  }

  const asked: Promise<void>[] = [];
  function arrive(): void {
    asked.push(ask(requestRows(draw)));
    const nextMs = events.nowMs() - Math.log(1 - draw()) / scenario.requestsPerMs;
    if (nextMs < untilMs) events.at(nextMs, arrive);
  }
  events.at(0, arrive);
  while (events.playNext()) await turnsOfTheLoop(2);
  await Promise.all(asked);
  return outcomes;
}

/** Rows answered of those that came from `fromMs` on, a ms. */
export function goodputOf(
  outcomes: readonly Outcome[],
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): number {
  const answered = outcomes.filter(
    ({ kind, atMs, latencyMs }) =>
      kind === 'answered' && atMs + latencyMs >= fromMs && atMs + latencyMs < toMs,
  );
  return answered.reduce((sum, { rows }) => sum + rows, 0) / (toMs - fromMs);
}

/** A high quantile of the latencies of some outcomes, ms. */
export function latencyMsP99(outcomes: readonly Outcome[], kind: Outcome['kind']): number {
  const latencies = outcomes
    .filter((outcome) => outcome.kind === kind)
    .map(({ latencyMs }) => latencyMs)
    .sort((a, b) => a - b);
  return latencies[Math.floor(latencies.length * 0.99)] ?? NaN;
}
