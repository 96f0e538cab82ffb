import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OverloadedError } from '../../src/errors.js';
import {
  createConcurrencyLimit,
  type ConcurrencyLimit,
} from '../../src/student/concurrency-limit.js';
import { createCostCurve } from '../../src/student/cost-curve.js';
import {
  measure,
  simulateBatchedStudent,
  type Measured,
  type Scenario,
} from '../support/simulate-batched-student.js';

interface Model {
  readonly name: string;
  readonly baseMs: number;
  readonly perRowMs: number;
  readonly runners?: number;
}
const tiny: Model = { name: 'a tiny student', baseMs: 0.03, perRowMs: 0.002 };
const middle: Model = { name: 'a middling student', baseMs: 1, perRowMs: 0.2 };
const large: Model = { name: 'a large student', baseMs: 7, perRowMs: 5 };

const runRowsMax = 64;
const runMsOf =
  ({ baseMs, perRowMs }: Model) =>
  (rows: number): number =>
    baseMs + perRowMs * rows;
/** Rows per ms when all runs are full. */
const peakOf = (model: Model): number =>
  ((model.runners ?? 1) * runRowsMax) / runMsOf(model)(runRowsMax);

type Admission = Pick<ConcurrencyLimit, 'enter'>;
const noLimit = (): Admission => ({ enter: () => ({ leave: () => undefined }) });
function fixedLimit(limitRows: number): Admission {
  let inFlightRows = 0;
  return {
    enter(rows) {
      if (inFlightRows + rows > limitRows) throw new OverloadedError('full', 1);
      inFlightRows += rows;
      return { leave: () => void (inFlightRows -= rows) };
    },
  };
}

/**
 * Ms that the accepted may take: twice what they take at 80 % load. At the tiny student they may
 * also wait 10 ms, for a run that goes on, and for their own.
 */
const boundMs = (model: Model, healthyMs: number): number => {
  const quickMs = model.name === tiny.name ? 10 + 2 * runMsOf(model)(runRowsMax) : 0;
  return Math.max(2 * healthyMs, quickMs);
};

interface Play extends Partial<Scenario> {
  /** Share of the peak that is offered. */
  readonly load: number;
  /** In arrivals at the peak. */
  readonly lengthRows?: number;
}

/** What the last two thirds of some traffic measured; throughput as a share of the peak. */
function play(model: Model, { load, lengthRows = 40_000, ...changes }: Play): Measured {
  const untilMs = lengthRows / peakOf(model);
  const requests = simulateBatchedStudent({
    ...adaptive(model),
    runRowsMax,
    runners: model.runners ?? 1,
    requestsPerMs: () => load * peakOf(model),
    untilMs,
    seed: 7,
    ...changes,
  });
  const measured = measure(requests, { fromMs: untilMs / 3, toMs: untilMs });
  return { ...measured, rowsPerMs: measured.rowsPerMs / peakOf(model) };
}

/** The limit as a gateway wires it: its curve follows the runs. */
function adaptive(model: Model): Pick<Scenario, 'limit' | 'runMs' | 'onRun'> {
  const runMs = runMsOf(model);
  const curve = createCostCurve([1, 2, 8, 32, 64].map((rows) => ({ rows, ms: runMs(rows) })));
  const lanes = model.runners ?? 1;
  const rowMs = (): number => curve.runMs(runRowsMax) / (runRowsMax * lanes);
  return {
    limit(nowMs) {
      const limit: ConcurrencyLimit = createConcurrencyLimit({
        runMs: (rows) => curve.runMs(rows),
        ...{ runRowsMax, lanes, rowMs, nowMs },
        runRows: () => runRowsMax,
        aheadRows: () => limit.inFlightRows,
        limitRowsMax: 4096,
      });
      return limit;
    },
    runMs,
    onRun: (rows, ms) => curve.observe(rows, ms),
  };
}

for (const model of [tiny, middle, large]) {
  describe(`the concurrency limit of ${model.name}`, () => {
    const healthy = play(model, { load: 0.8, limit: noLimit });

    for (const load of [1.1, 2, 4])
      it(`keeps throughput and latency when ${load} times the peak is offered`, () => {
        const measured = play(model, { load });

        assert.ok(measured.rowsPerMs >= 0.9, `goodput ${measured.rowsPerMs}`);
        const { latencyMsP99 } = measured;
        const words = `p99 ${latencyMsP99} ms, ${healthy.latencyMsP99} ms at 80 % load`;
        assert.ok(latencyMsP99 <= boundMs(model, healthy.latencyMsP99), words);
      });

    it('refuses practically nothing at 80 % load', () => {
      const measured = play(model, { load: 0.8, lengthRows: 200_000 });

      assert.ok(measured.refusedShare < 0.001, `refused ${measured.refusedShare}`);
    });

    it('has not moved after a long overload', () => {
      const measured = play(model, { load: 2, lengthRows: 200_000 });

      assert.ok(measured.rowsPerMs >= 0.9, `goodput ${measured.rowsPerMs}`);
      const { latencyMsP99 } = measured;
      assert.ok(latencyMsP99 <= boundMs(model, healthy.latencyMsP99), `p99 ${latencyMsP99} ms`);
    });

    for (const [name, factor] of [
      ['slower', 3],
      ['faster', 1 / 3],
    ] as const) {
      it(`follows a student that gets 3 times ${name}, within 40 full runs`, () => {
        const other: Model = {
          ...model,
          baseMs: model.baseMs * factor,
          perRowMs: model.perRowMs * factor,
        };
        const changeMs = 15_000 / peakOf(model);
        const settledMs = changeMs + 40 * runMsOf(other)(runRowsMax);
        const untilMs = settledMs + 20_000 / peakOf(other);

        const requests = simulateBatchedStudent({
          ...adaptive(model),
          runMs: (rows, atMs) => runMsOf(model)(rows) * (atMs < changeMs ? 1 : factor),
          runRowsMax,
          requestsPerMs: (atMs) => 2 * peakOf(atMs < changeMs ? model : other),
          untilMs,
          seed: 7,
        });

        const measured = measure(requests, { fromMs: settledMs, toMs: untilMs });
        assert.ok(measured.rowsPerMs >= 0.9 * peakOf(other));
        const { latencyMsP99 } = measured;
        // What was quick before is let in for some seconds more, and what has got quick at once.
        const quickMs = 1.2 * (10 * Math.max(1, factor) + 2 * runMsOf(other)(runRowsMax));
        const mostMs = Math.max(2 * healthy.latencyMsP99 * factor, quickMs);
        assert.ok(latencyMsP99 <= mostMs, `p99 ${latencyMsP99} ms of ${mostMs}`);
      });
    }
  });
}

describe('a concurrency limit', () => {
  it('lets many connections of a tiny student send in the same instant', () => {
    const limit = adaptive(tiny).limit(() => 0);

    for (let connection = 0; connection < 256; connection++) limit.enter(1);
  });

  it('lets no more rows in for that where they take longer than 10 ms', () => {
    const limitRows = [large, middle].map((model) => {
      const limit = adaptive(model).limit(() => 0);
      let rows = 0;
      const enter = (): void => void limit.enter(1);
      for (; rows < 4096; rows++) {
        try {
          enter();
        } catch {
          break;
        }
      }
      return rows;
    });

    // 2 knee + 20: 15 and 32 rows are the fewest at 93 % of the throughput of 64.
    assert.deepEqual(limitRows, [50, 84]);
  });

  it('does what no fixed limit does for all students', () => {
    const isGood = (model: Model, limitRows: number): boolean => {
      const limit = () => fixedLimit(limitRows);
      const healthy = play(model, { load: 0.8, limit: noLimit });
      const { rowsPerMs, latencyMsP99 } = play(model, { load: 2, limit });
      const isUnhindered = play(model, { load: 0.8, limit }).refusedShare < 0.001;
      return isUnhindered && rowsPerMs >= 0.9 && latencyMsP99 <= 2 * healthy.latencyMsP99;
    };

    const goodForTiny = [28, 56, 112, 512].filter((rows) => isGood(tiny, rows));
    const goodForLarge = [28, 56, 112, 512].filter((rows) => isGood(large, rows));

    assert.deepEqual(goodForTiny, [112]);
    assert.deepEqual(goodForLarge, [56]);
  });

  it('grows where several runs go on at once', () => {
    const wide: Model = { ...large, runners: 4 };

    const measured = play(wide, { load: 2 });

    assert.ok(measured.rowsPerMs >= 0.95, `goodput ${measured.rowsPerMs}`);
  });

  it('makes room for requests of several rows', () => {
    const changes = { requestRows: () => 8, requestsPerMs: () => (0.8 * peakOf(middle)) / 8 };

    const measured = play(middle, { load: 0.8, lengthRows: 400_000, ...changes });

    assert.ok(measured.refusedShare < 0.001, `refused ${measured.refusedShare}`);
  });
});

/** The limit of a student whose run of n rows takes 1 + n ms, and a clock that the test turns. */
function createLimit(limitRowsMax = 4096) {
  let nowMs = 0;
  const limit: ConcurrencyLimit = createConcurrencyLimit({
    runMs: (rows) => 1 + rows,
    ...{ runRowsMax, limitRowsMax },
    runRows: () => runRowsMax,
    rowMs: () => 65 / 64,
    aheadRows: () => limit.inFlightRows,
    lanes: 1,
    nowMs: () => nowMs,
  });
  return { limit, wait: (ms: number) => void (nowMs += ms) };
}

describe('a permit', () => {
  it('is given for a request of any size while no two others wait, and counts until then', () => {
    const { limit } = createLimit();

    const permits = [256, 256, 256].map((rows) => limit.enter(rows)); // One runs, two wait.

    assert.equal(limit.inFlightRows, 768);
    assert.throws(() => limit.enter(1), OverloadedError);
    permits[0]!.leave('done');
    assert.equal(limit.inFlightRows, 512);
    limit.enter(256).leave('done');
  });

  it('is given while fewer rows are ahead than the limit: what large requests still need', () => {
    const rows = { ahead: 0 };
    const limit = createConcurrencyLimit({
      ...{ runMs: (n: number) => 10 * n, runRowsMax: 1, runRows: () => 1, rowMs: () => 10 },
      ...{ limitRowsMax: 4096, lanes: 1, nowMs: () => 0, aheadRows: () => rows.ahead },
    });
    for (let request = 0; request < 3; request++) limit.enter(64);

    rows.ahead = 3 * 64;
    assert.throws(() => limit.enter(1), OverloadedError);
    rows.ahead = limit.limitRows - 1; // All but some rows of the three have been run.
    limit.enter(1);
  });

  it('is given for no more rows than half a second, however few requests that are', () => {
    const limitRowsAt = (rowMs: number): number =>
      createConcurrencyLimit({
        ...{ runMs: (n: number) => rowMs * n, runRowsMax: 64, runRows: () => 1 },
        ...{ rowMs: () => rowMs, limitRowsMax: 4096, lanes: 1, nowMs: () => 0, aheadRows: () => 0 },
      }).limitRows;

    assert.deepEqual([10, 50, 100, 1000].map(limitRowsAt), [22, 10, 5, 2]);
  });

  it('is never refused to one who waits for each answer, however slow it is', () => {
    const { limit, wait } = createLimit();

    for (let request = 0; request < 500; request++) {
      const permit = limit.enter(256);
      wait(5_000);
      permit.leave(request % 2 === 0 ? 'done' : 'dropped');
    }

    assert.equal(limit.inFlightRows, 0);
  });

  it('can be left once only', () => {
    const { limit } = createLimit();
    const permit = limit.enter(1);
    permit.leave('dropped');

    assert.throws(() => permit.leave('dropped'), RangeError);
    assert.equal(limit.inFlightRows, 0);
  });

  it('says in whole seconds when there will be room', () => {
    const { limit } = createLimit();
    for (const rows of [2_898, 1, 1]) limit.enter(rows); // About 1 ms a row.

    assert.throws(
      () => limit.enter(1),
      (error) => {
        assert.ok(error instanceof OverloadedError);
        assert.equal(error.retryAfterSeconds, 3); // 64 rows in 65 ms: 2.95 s.
        assert.deepEqual(error.details, {
          inFlightRows: 2_900,
          limitRows: limit.limitRows,
          retryAfterSeconds: 3,
        });
        return true;
      },
    );
  });

  it('never asks anybody to stay away for longer than 5 s', () => {
    const { limit } = createLimit();
    for (let request = 0; request < 3; request++) limit.enter(20_000);

    assert.throws(
      () => limit.enter(1),
      (error) => error instanceof OverloadedError && error.retryAfterSeconds === 5,
    );
  });

  it('never needs more room than memory bears', () => {
    const { limit } = createLimit(10);
    for (let row = 0; row < 10; row++) limit.enter(1);

    assert.equal(limit.limitRows, 10);
    assert.throws(() => limit.enter(1), OverloadedError);
  });
});
