import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  goodputOf,
  latencyMsP99,
  simulatePacedBatcher,
  type Outcome,
  type PacedScenario,
} from '../support/simulate-paced-batcher.js';

/** Of long texts: 13 ms a row, whatever shares a run; no two rows fit into its target of 25 ms. */
const encoderMs = (rows: number): number => 1 + 13 * rows;
const peakRowsPerMs = 1 / encoderMs(1);
const untilMs = 8_000;

type Play = Partial<PacedScenario> & { readonly load: number; readonly rowsOfRequest?: number };

/** Throughput of the second half as a share of the peak, and all that happened. */
async function play({ load, rowsOfRequest = 1, ...changes }: Play) {
  const endMs = rowsOfRequest === 1 ? untilMs : 4 * untilMs; // Else too few requests to count.
  const outcomes = await simulatePacedBatcher({
    measuredMs: encoderMs,
    runMs: encoderMs,
    requestsPerMs: (load * peakRowsPerMs) / rowsOfRequest,
    requestRows: () => rowsOfRequest,
    untilMs: endMs,
    ...changes,
  });
  const goodput = goodputOf(outcomes, { fromMs: endMs / 2, toMs: endMs }) / peakRowsPerMs;
  return { outcomes, goodput };
}
const countOf = (outcomes: readonly Outcome[], kind: Outcome['kind']): number =>
  outcomes.filter((outcome) => outcome.kind === kind).length;

describe('a paced batcher before a slow model', () => {
  for (const load of [2, 10]) {
    it(`answers near its peak, each within half a second, at ${load} times the peak`, async () => {
      const { outcomes, goodput } = await play({ load });

      assert.ok(goodput >= 0.95, `goodput ${goodput}`);
      const p99 = latencyMsP99(outcomes, 'answered');
      assert.ok(p99 <= 500, `p99 ${p99} ms`);
      assert.equal(countOf(outcomes, 'late'), 0);
    });

    it(`answers requests larger than its limit at ${load} times the peak`, async () => {
      const { outcomes, goodput } = await play({ load, rowsOfRequest: 64 });

      assert.ok(goodput >= 0.85, `goodput ${goodput}`);
      const p99 = latencyMsP99(outcomes, 'answered');
      assert.ok(p99 <= 3 * 64 * encoderMs(1), `p99 ${p99} ms`); // Behind two others.
    });

    it(`answers callers of 300 ms in time at ${load} times the peak`, async () => {
      const { outcomes, goodput } = await play({ load, timeoutMs: 300 });

      assert.ok(goodput >= 0.95, `goodput ${goodput}`);
      assert.ok(latencyMsP99(outcomes, 'answered') <= 300);
      assert.equal(countOf(outcomes, 'late'), 0);
      assert.ok(outcomes.every(({ kind, latencyMs }) => kind !== 'refused' || latencyMs === 0));
    });
  }

  for (const [what, measuredMs] of [
    ['less', (rows: number) => 0.5 + 0.2 * rows],
    ['more', (rows: number) => 5 * encoderMs(rows)],
  ] as const)
    it(`does so though its rows take other than measured: ${what} then`, async () => {
      const { outcomes, goodput } = await play({ load: 5, timeoutMs: 300, measuredMs });

      assert.ok(goodput >= 0.9, `goodput ${goodput}`);
      const late = countOf(outcomes, 'late');
      assert.ok(late <= 0.1 * outcomes.length, `${late} late of ${outcomes.length}`);
    });

  it('follows a model that becomes three times slower', async () => {
    const runMs: PacedScenario['runMs'] = (rows, { atMs }) =>
      encoderMs(rows) * (atMs < untilMs / 3 ? 1 / 3 : 1);

    const { outcomes, goodput } = await play({ load: 5, timeoutMs: 300, runMs });

    assert.ok(goodput >= 0.9, `goodput ${goodput}`);
    assert.ok(countOf(outcomes, 'late') <= 20, `${countOf(outcomes, 'late')} late`);
  });

  it('bears rows that take from 2 to 26 ms', async () => {
    const runMs: PacedScenario['runMs'] = (rows, { draw }) => rows * (2 + 24 * draw());

    const { goodput } = await play({ load: 10, timeoutMs: 300, runMs });

    assert.ok(goodput >= 0.9, `goodput ${goodput}`);
  });

  it('tells who is refused to come back within seconds', async () => {
    const { outcomes } = await play({ load: 10, rowsOfRequest: 64 });

    const seconds = outcomes
      .filter(({ kind }) => kind === 'refused')
      .map(({ retryAfterSeconds }) => retryAfterSeconds);
    assert.ok(Math.min(...seconds) >= 1 && Math.max(...seconds) <= 3, `${Math.max(...seconds)}`);
  });
});
