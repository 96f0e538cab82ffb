import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  createEDetector,
  isDetectorAlarmed,
  updateByCounts,
  updateEDetector,
} from '../../src/routing/e-detector.js';
import { createEProcess, isProcessAlarmed, updateEProcess } from '../../src/routing/e-process.js';
import { seededDraw } from '../support/seeded-draw.js';

const riskMax = 0.05;

function rowsToAlarm(alpha: number, disagrees: (row: number) => boolean): number {
  let state = createEDetector({ riskMax, alpha });
  for (let row = 1; ; row++) {
    state = updateEDetector(state, disagrees(row));
    if (isDetectorAlarmed(state)) return row;
  }
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe('the e-detector', () => {
  // Oracle: fixtures/threshold-oracle.py (the recursion in exact fractions).
  const oracle = [
    ['1', 3.3891088275872785],
    ['0001', 3.3891088275872785], // Agreement before it is forgotten.
    ['0101', 12.511654082226825],
    ['00000000000000000000111', 151.7067189332375],
  ] as const;
  for (const [pattern, evidence] of oracle)
    it(`has evidence ${evidence} after ${pattern}`, () => {
      const isAlarmed = (alpha: number): boolean =>
        isDetectorAlarmed(
          Array.from(pattern).reduce(
            (before, outcome) => updateEDetector(before, outcome === '1'),
            createEDetector({ riskMax, alpha }),
          ),
        );

      assert.ok(isAlarmed((1 + 1e-9) / evidence));
      assert.ok(!isAlarmed((1 - 1e-9) / evidence));
    });

  it('runs 1 / alpha rows or more on average to a false alarm, at the greatest risk', () => {
    const draw = seededDraw(5);
    const rows = Array.from({ length: 200 }, () => rowsToAlarm(1 / 100, () => draw() < riskMax));

    const mean = meanOf(rows);
    assert.ok(mean >= 100, `mean ${mean} rows`);
    assert.ok(mean < 20_000, `mean ${mean} rows: the detector sleeps`);
  });

  it('sees a rise after a long good period as soon as after a fresh start', () => {
    const goodRows = 2000;
    const draw = seededDraw(6);
    const delays = Array.from({ length: 40 }, () => {
      const disagrees = (row: number): boolean => row > goodRows && draw() < 0.25;
      return rowsToAlarm(1 / 2000, disagrees) - goodRows;
    });

    const mean = meanOf(delays);
    assert.ok(mean > 0 && mean < 60, `mean delay ${mean} rows`);
  });

  it('sees that rise when the e-process is still asleep', () => {
    let detector = createEDetector({ riskMax, alpha: 1 / 2000 });
    let process = createEProcess({ riskMax });
    for (let row = 0; row < 2100; row++) {
      const disagrees = row >= 2000 && row % 4 === 0;
      detector = updateEDetector(detector, disagrees);
      process = updateEProcess(process, disagrees);
    }

    assert.ok(isDetectorAlarmed(detector));
    assert.ok(!isProcessAlarmed(process, 0.1));
  });

  it('does not modify the state that it is given', () => {
    const state = createEDetector({ riskMax, alpha: 0.01 });
    const copy = structuredClone(state);

    updateEDetector(state, true);

    assert.deepEqual(state, copy);
  });
});

describe('rows of one time', () => {
  it('are taken at once as in an order in which evidence never falls below its start', () => {
    const start = createEDetector({ riskMax, alpha: 1 / 100 });
    const before = [true, true].reduce(updateEDetector, start);
    const inTurn = [true, true, true, false, false].reduce(updateEDetector, before);
    const atOnce = updateByCounts(before, { rows: 5, disagreements: 3 });
    for (const [bet, log] of inTurn.logEvidence.entries())
      assert.ok(Math.abs(atOnce.logEvidence[bet]! - log) < 1e-12);
  });

  it('take evidence down as far as they say, and it starts anew from there', () => {
    const start = createEDetector({ riskMax, alpha: 1 / 100 });
    const low = updateByCounts(start, { rows: 1_000, disagreements: 0 });
    const next = updateByCounts(low, { rows: 1, disagreements: 1 });
    assert.deepEqual(next.logEvidence, updateEDetector(start, true).logEvidence);
  });
});
