import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { IntervalJson } from '../../src/http/api-types.js';
import type { TradeoffPlaceJson } from '../../src/http/api-types-tradeoff.js';
import { fitThreshold, type Cut } from '../../src/routing/threshold.js';
import type { RatedRows } from '../../src/routing/surest-first.js';
import { tradeoffCurve, type TradeoffQuestion } from '../../src/routing/tradeoff-curve.js';
import { readFixture } from '../support/read-fixture.js';
import { seededDraw } from '../support/seeded-draw.js';
import { assertNear } from './assert-near.js';

type Triple = readonly [estimate: number, low: number, high: number];
interface PlaceWanted {
  readonly threshold: number;
  readonly coverage: Triple;
  readonly risk: Triple;
  readonly agreement: Triple;
  readonly teacherShare: number;
  readonly costUsdPer1000Rows: number;
}
interface CaseWanted {
  readonly asked: {
    readonly rows: readonly [count: number, slope: number, levels: number, isUpsideDown: boolean];
    readonly fitDelta: number;
    readonly riskMaxMin: number;
    readonly thresholdInForce: number;
  };
  readonly points: readonly (PlaceWanted & { readonly target: readonly number[] | null })[];
  readonly inForce: PlaceWanted;
}

const prices = {
  teacherCostPerRowUsd: 0.001,
  studentCostPerRowUsd: 0.000_01,
  labelledShare: 0.047,
};
const fraction = (value: number): number => value - Math.floor(value);

/** The same rows as in fixtures/tradeoff-oracle.py. */
function rowsOf([count, slope, levels, isUpsideDown]: CaseWanted['asked']['rows']) {
  const confidences = new Float64Array(count);
  const disagrees: boolean[] = [];
  for (let row = 0; row < count; row++) {
    const confidence = fraction((row + 1) * 0.6180339887498949);
    const chance = slope * (isUpsideDown ? confidence : 1 - confidence);
    disagrees.push(fraction((row + 1) * 0.41421356237309503) < chance);
    confidences[row] = levels > 0 ? Math.floor(confidence * levels) / levels : confidence;
  }
  return { confidences, disagrees };
}

function questionOf(changes: Partial<TradeoffQuestion>): TradeoffQuestion {
  return {
    confidences: new Float64Array(0),
    disagrees: [],
    apart: { given: 0, rows: 0, disagreements: 0 },
    inForce: null,
    fitDelta: 0.05,
    riskMaxMin: 0.001,
    riskFloor: 0,
    thresholdMin: 0,
    intervalDelta: 0.1,
    prices,
    ...changes,
  };
}

/** What the student answers from a threshold on. */
function cutAt({ confidences, disagrees }: RatedRows, threshold: number): Cut {
  const above = disagrees.filter((_, row) => confidences[row]! >= threshold);
  return { threshold, rows: above.length, disagreements: above.filter(Boolean).length };
}

function assertInterval({ estimate, low, high }: IntervalJson, wanted: Triple): void {
  [estimate, low, high].forEach((bound, index) => assertNear(bound, wanted[index]!));
}

function assertPlace(place: TradeoffPlaceJson, wanted: PlaceWanted): void {
  assert.equal(place.threshold, wanted.threshold);
  assertInterval(place.coverage, wanted.coverage);
  assertInterval(place.risk, wanted.risk);
  assertInterval(place.agreement, wanted.agreement);
  assertNear(place.teacherShare, wanted.teacherShare);
  assertNear(place.costUsdPer1000Rows, wanted.costUsdPer1000Rows);
}

const nothing: Cut = { threshold: 0.9, rows: 0, disagreements: 0 };

describe('tradeoffCurve', () => {
  // Oracle: fixtures/tradeoff-oracle.py (every target tried, whole numbers, exact tails).
  const cases = readFixture('routing/fixtures/tradeoff-curve.json') as readonly CaseWanted[];
  for (const { asked, points, inForce } of cases) {
    const { rows: made, thresholdInForce, ...question } = asked;
    const rows = rowsOf(made);
    const name = `${made[0]} rows, ${made[2] || 'no'} levels${made[3] ? ', the surest worst' : ''}`;
    const inForceNow = cutAt(rows, thresholdInForce);
    const curve = tradeoffCurve(questionOf({ ...rows, ...question, inForce: inForceNow }));

    it(`is the oracle's, point by point: ${name}`, () => {
      assert.equal(curve.points.length, points.length);
      curve.points.forEach((point, j) => assertPlace(point, points[j]!));
    });

    it(`names the least target of each point, as the oracle does: ${name}`, () => {
      assert.deepEqual(
        curve.points.map(({ target }) => target && [target.riskMax, target.coverage]),
        points.map(({ target }) => target),
      );
    });

    it(`places what is in force between its points: ${name}`, () => {
      assertPlace(curve.inForce!, inForce);
    });
  }

  it('names targets that a fit at them keeps, and none smaller would', () => {
    const draw = seededDraw(5);
    let targets = 0;
    for (let world = 0; world < 12; world++) {
      const slope = draw() * 0.4;
      const isUpsideDown = draw() < 0.3;
      const confidences = Float64Array.from({ length: 150 + 400 * draw() }, () => draw() ** 0.3);
      const disagrees = [...confidences].map((c) => draw() < slope * (isUpsideDown ? c : 1 - c));
      const delta = 0.1 / (1 + Math.floor(draw() * 6));
      const question = questionOf({ confidences, disagrees, fitDelta: delta });
      const coverageAt = (riskMax: number): number => {
        const fit = fitThreshold({ confidences, disagrees, riskMax, delta });
        return fit.kind === 'certified' ? fit.coverage : 0;
      };
      for (const { coverage, target } of tradeoffCurve(question).points) {
        if (target === null) continue;
        targets++;
        assert.equal(coverageAt(target.riskMax), target.coverage);
        assert.ok(target.coverage >= coverage.estimate);
        const less = target.riskMax - 0.0001;
        if (less >= 0.001) assert.ok(coverageAt(less) < coverage.estimate);
      }
    }
    assert.ok(targets > 200, `${targets} targets`);
  });

  it('is empty without rows, and knows nothing of what is in force', () => {
    const { points, inForce } = tradeoffCurve(questionOf({ inForce: nothing }));

    assert.deepEqual(points, []);
    assert.deepEqual(inForce!.coverage, { estimate: 0, low: 0, high: 1, rows: 0 });
    assert.equal(inForce!.teacherShare, 1);
    assert.equal(tradeoffCurve(questionOf({})).inForce, null);
  });

  it('has no place in force above every row but one that answers nothing', () => {
    const rows = rowsOf([240, 0.1, 0, false]);
    const { inForce } = tradeoffCurve(questionOf({ ...rows, inForce: nothing }));

    assert.deepEqual(inForce!.risk, { estimate: 0, low: 0, high: 1, rows: 0 });
    assert.equal(inForce!.agreement.estimate, 1);
    assertNear(inForce!.costUsdPer1000Rows, 1.01);
  });

  it('counts rows of labels with thresholds of their own at each point, and in no test', () => {
    const rows = rowsOf([240, 0.1, 0, false]);
    const alone = tradeoffCurve(questionOf(rows)).points;
    const apart = { given: 60, rows: 40, disagreements: 1 };
    const { points } = tradeoffCurve(questionOf({ ...rows, apart }));

    points.forEach(({ threshold, coverage, risk, agreement, target }, j) => {
      const [answered, wrong] = [risk.rows, Math.round(risk.estimate * risk.rows)];
      const cut = cutAt(rows, threshold);
      assert.deepEqual([answered, wrong], [cut.rows + 40, cut.disagreements + 1]);
      assertNear(coverage.estimate, (cut.rows + 40) / 300);
      assertNear(agreement.estimate, 1 - (cut.disagreements + 1) / 300);
      assert.equal(target?.riskMax, alone[j]!.target?.riskMax);
      if (target !== null)
        assertNear(target.coverage, (alone[j]!.target!.coverage * 240 + 40) / 300);
    });
  });

  it('marks what can not be reached: below the floor, too low a threshold, too few rows', () => {
    const rows = rowsOf([240, 0.1, 0, false]);
    const of = (changes: Partial<TradeoffQuestion>) =>
      tradeoffCurve(questionOf({ ...rows, ...changes })).points;
    const free = of({});
    const [low, high] = [free[0]!, free.at(-1)!].map(({ target }) => target!.riskMax);
    const riskFloor = (low! + high!) / 2;
    const floored = of({ riskFloor });
    const stopped = of({ thresholdMin: free[9]!.threshold });

    assert.ok(free.every(({ refusal }) => refusal === null) && low! < high!);
    for (const [j, { target, refusal }] of floored.entries()) {
      const isBelow = free[j]!.target!.riskMax < riskFloor;
      assert.equal(refusal, isBelow ? 'below-floor' : null);
      assert.deepEqual(target, isBelow ? null : free[j]!.target);
    }
    for (const [j, { target, refusal }] of stopped.entries()) {
      assert.equal(refusal, j <= 9 ? null : 'label-missed');
      assert.ok(j > 9 ? target === null : target!.coverage <= stopped[9]!.coverage.estimate);
    }
    assert.ok(of({ thresholdMin: Infinity }).every(({ refusal }) => refusal === 'label-missed'));
    const [few] = tradeoffCurve(questionOf(rowsOf([1, 0, 0, false]))).points;
    assert.deepEqual([few!.target, few!.refusal], [null, 'too-few-rows']);
  });

  it('has 50 points however many rows there are', () => {
    const { points } = tradeoffCurve(questionOf(rowsOf([20_000, 0.1, 0, false])));

    assert.equal(points.length, 50);
    assert.equal(points.at(-1)!.coverage.estimate, 1);
  });

  it('refuses rows and chances that can not be', () => {
    const rows = rowsOf([240, 0.1, 0, false]);
    const bad: Partial<TradeoffQuestion>[] = [
      { ...rows, disagrees: [true] },
      { ...rows, confidences: rows.confidences.with(3, Number.NaN) },
      { ...rows, fitDelta: 0 },
      { ...rows, intervalDelta: 2 },
    ];
    for (const changes of bad) assert.throws(() => tradeoffCurve(questionOf(changes)), RangeError);
  });
});
